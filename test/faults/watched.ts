/** The invariants of the watch: everybody hears of everything, under one id each, and what is due is renewed once. */

import { createHash, X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { WatchResult } from '../../domain/watch.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import type { LocalGoogle } from '../../local/google.ts';
import { ownNeedles } from '../key-scan/registry.ts';
import { scanBytes } from '../key-scan/scan.ts';
import type { Webhook } from '../webhook.ts';
import type { Application } from './application.ts';
import { withoutProject } from './evidence.ts';
import type { Invariant } from './scenario.ts';

export type WatchEvidence = {
  readonly tenant: string;
  readonly issued: IssuedCertificate;
  /** The client whose key was renewed, and the id of the key that it had. */
  readonly shown: Application;
  readonly former: string;
  readonly other: Application;
  /** Whether the webhook took nothing in the first pass. */
  readonly unheard: boolean;
  readonly results: readonly WatchResult[];
  readonly webhook: Pick<Webhook, 'received' | 'taken'>;
  readonly secrets: ReturnType<LocalGoogle['inspect']>['secrets'];
};

/** Names of those that plants break. */
export const heard = {
  everything: 'every step is delivered',
  stable: 'a notice has the same id whenever it is sent',
  kept: 'every step is kept',
  again: 'once more, nobody is told anything',
} as const;

export const watched: readonly Invariant<WatchEvidence>[] = [
  { name: heard.everything, breach: unheardOf },
  { name: heard.stable, breach: unknownIds },
  { name: heard.kept, breach: forgotten },
  { name: 'every pass sees everything, and keeps what it told', breach: findings },
  { name: 'the key is renewed once, and the former one stays', breach: otherKeys },
  { name: 'no other key is renewed', breach: ({ other }) => otherCount(other, 1) },
  { name: 'the rotation of the certificate is started once', breach: otherRotations },
  { name: 'neither a private key nor the address of the webhook is told', breach: shownSecret },
];

/** What is told of, as it is remembered, with the step that is told last. */
function stepsOf({ tenant, issued, shown, former, other }: WatchEvidence) {
  const certificates = issued.chain.map((pem) => new X509Certificate(pem).validToDate.getTime());
  const certificate = { item: 'certificate:idporten', end: Math.min(...certificates) };
  const keys = [shown, other].flatMap(({ clients }) => clients.flatMap((client) => client.keys));
  const key = (kid: string | undefined) => {
    const end = (keys.find((one) => one.kid === kid)?.exp ?? 0) * 1000;
    return { item: `client-key:${kid}`, end };
  };
  const step = ({ item, end }: { item: string; end: number }, name: string) => {
    const about = `${item}:${new Date(end).toISOString()}`;
    const remembered = createHash('sha256').update(about).digest('base64url').slice(0, 8);
    return { id: `${tenant}:local:${about}:${name}`, name, remembered };
  };
  const renewed = shown.record?.keys.find(({ role }) => role === 'current')?.kid;
  const unused = other.record?.keys.find(({ role }) => role === 'current')?.kid;
  return {
    first: step(key(former), 'renewal'),
    // Once another took the place of the former key, its renewal is no step any more.
    last: [step(certificate, 'renewal'), ...[former, renewed, unused].map((kid) => step(key(kid), 'first'))],
  };
}

function unheardOf(evidence: WatchEvidence): string | undefined {
  const { first, last } = stepsOf(evidence);
  const taken = evidence.webhook.taken();
  const wanted = evidence.unheard ? last : [first, ...last];
  return wanted.find(({ id }) => !taken.includes(id))?.id;
}

function unknownIds(evidence: WatchEvidence): string | undefined {
  const { first, last } = stepsOf(evidence);
  const known = [first, ...last].map(({ id }) => id);
  return evidence.webhook.received.find(({ id }) => !known.includes(id))?.id;
}

function forgotten(evidence: WatchEvidence): string | undefined {
  const secret = evidence.secrets.find(({ name }) => withoutProject(name) === `secrets/${evidence.tenant}-local-watch`);
  const kept = JSON.parse(secret?.versions.at(-1)?.payload?.toString() ?? '{}') as Record<string, string>;
  const isKept = ({ name, remembered }: { name: string; remembered: string }) =>
    (kept[name] ?? '').match(/.{8}/g)?.some((one) => one === remembered) === true;
  return stepsOf(evidence).last.find((step) => !isKept(step))?.id;
}

function findings({ results }: WatchEvidence): string | undefined {
  const [found] = results.flatMap((result) => result.findings);
  return found && `${found.where}: ${found.message} [${found.code}]`;
}

function otherKeys({ shown, former }: WatchEvidence): string | undefined {
  const known = shown.clients.some(({ keys }) => keys.some(({ kid }) => kid === former));
  return known ? otherCount(shown, 2) : `${former} is gone`;
}

function otherCount({ clients }: Application, wanted: number): string | undefined {
  const kids = clients.flatMap(({ keys }) => keys.map(({ kid }) => kid));
  return kids.length === wanted ? undefined : `there are ${kids.length}: ${kids.join(', ')}`;
}

/** Where the answer to a start was lost, the next attempt finds that it runs. */
function otherRotations({ results }: WatchEvidence): string | undefined {
  const ends = results.flatMap(({ renewals }) => renewals.filter(({ item }) => item === 'certificate:idporten'));
  const failed = ends.find(({ outcome }) => outcome === 'failed');
  if (failed) return failed.message;
  if (ends.length !== results.length) return `${ends.length} of ${results.length} passes start it`;
  const started = ends.filter(({ outcome }) => outcome === 'started').length;
  return started > 1 || ends.at(-1)?.outcome !== 'running' ? `it is started ${started} times` : undefined;
}

/** Temporal's database and the logs are searched when all tests are over. */
function shownSecret({ results, webhook: { received } }: WatchEvidence): string | undefined {
  const told = JSON.stringify({ results, received });
  if (told.includes('secret-part-of-the-address')) return 'the address';
  const [find] = scanBytes(ownNeedles, Buffer.from(told));
  return find && `${find.secret} (${find.form})`;
}

/** What one more pass finds, tells, starts and leaves. */
export type WatchRepetition = {
  readonly result: WatchResult;
  /** Notices that came to the webhook. */
  readonly told: number;
  readonly before: unknown;
  readonly after: unknown;
  /** Runs of the renewals, before and after. */
  readonly runs: readonly [readonly string[], readonly string[]];
};

export const watchedAgain: readonly Invariant<WatchRepetition>[] = [
  {
    name: heard.again,
    breach: ({ result, told }) =>
      told + result.notices.length === 0 ? undefined : result.notices.map(({ id }) => id).join(', '),
  },
  {
    name: 'once more, nothing is started, and the rotation still runs',
    breach({ result: { renewals }, runs: [before, after] }) {
      const [end, ...others] = renewals;
      if (others.length > 0 || end?.outcome !== 'running') return JSON.stringify(renewals);
      return isDeepStrictEqual(before, after) && after[1]?.includes('RUNNING') ? undefined : after.join(', ');
    },
  },
  {
    name: 'once more, everything stays as it is',
    breach: ({ before, after }) => (isDeepStrictEqual(before, after) ? undefined : 'something has changed'),
  },
];
