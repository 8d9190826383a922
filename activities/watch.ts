/** A pass of the watch: what is due, telling people, and keeping what they were told. */

import { createHash } from 'node:crypto';
import { canonicalJson } from '../documents/digest.ts';
import { accessorRole, adderRole } from '../domain/custody.ts';
import type { Finding } from '../domain/failures.ts';
import { isOverdue } from '../domain/inventory.ts';
import type { ExpiringItem } from '../domain/inventory.ts';
import { managedBy } from '../domain/names.ts';
import { Refusal } from '../domain/refusal.ts';
import { dueNotices, renewable, stillGiven, watchSecretName } from '../domain/watch.ts';
import type { DueNotice, Given, NoticeOutcome, WatchRequest, WatchResult } from '../domain/watch.ts';
import type { Limits } from '../services/limits.ts';
import { age, attempt, isEarlyAttempt, isFirstAttempt } from './attempt.ts';
import { isDenied } from './denied.ts';
import { checked, ofEachCall, takeInventory } from './expiry.ts';
import type { Services } from './services.ts';

type Seen = Pick<WatchResult, 'observedAt' | 'items' | 'overdue' | 'webhook' | 'postponed'>;

export type PlannedPass = Seen & {
  readonly notices: readonly DueNotice[];
  readonly renewals: readonly ExpiringItem[];
  /** What was given before, without what is gone; absent when it could not be read. */
  readonly given?: Given;
  /** How many were dropped from it. */
  readonly gone: number;
  /** Whether the secret that keeps it is there. */
  readonly isKept: boolean;
  readonly findings: readonly Finding[];
};

/** Notices, and renewals, of one pass at most: each is a step of its own in the workflow's history. */
const most = 300;

const mostFindings = 100;

/** Observes and plans: which notices are due and were not given, and what is to be renewed now. */
export const planWatch = (services: Services) =>
  attempt(async (limits: Limits, input: WatchRequest): Promise<PlannedPass> => {
    const request = checked(services, input);
    const each = ofEachCall(limits, request);
    const [{ items, findings, now }, kept] = await Promise.all([
      takeInventory(services, each, request),
      readGiven(services, each, request),
    ]);
    // What was not seen for once is not gone.
    const isWhole = !findings.some(({ code }) => code === 'EXPIRY_UNSEEN');
    services.gauges.show(request, items, isWhole);
    const webhook = services.notices.isSet;
    const before = kept.given ?? {};
    const given = isWhole ? stillGiven(before, items, keyOf) : before;
    const due = dueNotices(request, items, { now: now.getTime(), given, webhook, keyOf });
    const renewals = renewable(items);
    return {
      observedAt: now.toISOString(),
      items: items.length,
      overdue: items.filter(isOverdue).length,
      webhook,
      notices: due.slice(0, most),
      renewals: renewals.slice(0, most),
      postponed: Math.max(0, due.length - most) + Math.max(0, renewals.length - most),
      gone: Object.keys(before).length - Object.keys(given).length,
      isKept: kept.isKept,
      ...(kept.given ? { given } : {}),
      findings: [...findings, ...kept.findings].slice(0, mostFindings),
    };
  });

/** 48 bits of a digest: enough to tell the things of one tenant apart, and little to keep. */
const keyOf = (id: string): string => createHash('sha256').update(id).digest('base64url').slice(0, 8);

type Kept = { readonly given?: Given; readonly isKept: boolean; readonly findings: readonly Finding[] };

/** What cannot be read is told, and then everything is given again: rather twice than never. */
async function readGiven({ secrets, latestVersions }: Services, limits: Limits, request: WatchRequest): Promise<Kept> {
  const name = watchSecretName(request.google, request);
  try {
    const latest = await latestVersions.latest(name, limits, 0);
    if (latest) return { given: parseGiven(latest.data), isKept: true, findings: [] };
    return { given: {}, isKept: (await secrets.secret(name, limits)) !== undefined, findings: [] };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Without rights on it, the secret is missing (as far as its metadata tells), or its grant takes its time.
    const denied = isDenied(error);
    if (denied && (await secrets.secret(name, limits)) === undefined) return { given: {}, isKept: false, findings: [] };
    const mayPass = denied ? age() <= request.pace.propagation * 1000 : error.passing && isEarlyAttempt();
    if (mayPass) throw error;
    return {
      isKept: true,
      findings: [{ code: 'WATCH_NOT_KEPT', where: name, message: `${error.message} [${error.code}]` }],
    };
  }
}

/** By step, the keys one after the other: thousands fit into a secret. */
function parseGiven(data: Buffer): Given {
  try {
    const steps = JSON.parse(data.toString()) as Readonly<Record<string, string>>;
    return Object.fromEntries(
      Object.entries(steps).flatMap(([step, keys]) => (keys.match(/.{8}/g) ?? []).map((key) => [key, step])),
    );
  } catch {
    return {};
  }
}

function writtenGiven(given: Given): Buffer {
  const steps: Record<string, string> = {};
  for (const key of Object.keys(given).toSorted()) {
    const step = given[key] ?? '';
    steps[step] = `${steps[step] ?? ''}${key}`;
  }
  return Buffer.from(canonicalJson(steps));
}

/** Makes the secret that keeps what was given, and lets the operator, and nobody else, read and write it. */
export const openWatch = ({ secrets, permissions, operator }: Services) =>
  attempt(async (limits: Limits, request: WatchRequest): Promise<void> => {
    const { google, tenant, environment } = request;
    const name = watchSecretName(google, request);
    const labels = { 'managed-by': managedBy, tenant, environment, role: 'watch' };
    await secrets.createSecret(name, { labels, replication: google.replication }, limits);
    const bindings = [accessorRole, adderRole].map((role) => ({ role, members: [operator] }));
    await permissions.addBindings(name, bindings, limits);
  });

/** Keeps what was given, as a version of its own, unless the latest one says the same. */
export const keepGiven = ({ secrets, latestVersions }: Services) =>
  attempt(async (limits: Limits, request: WatchRequest, given: Given): Promise<void> => {
    const name = watchSecretName(request.google, request);
    const content = writtenGiven(given);
    const latest = await latestVersions.latest(name, limits, 0);
    if (!latest?.data.equals(content)) await secrets.addVersion(name, content, limits);
  });

/** Tells people, and the audit log. Refused: NOTICE_UNDELIVERED, NOTICE_REFUSED. */
export const deliverNotice = ({ audit, notices }: Services) =>
  attempt(async (limits: Limits, _request: WatchRequest, { notice }: DueNotice): Promise<NoticeOutcome> => {
    if (isFirstAttempt()) audit({ event: 'expiry-notice', ...notice });
    if (!notices.isSet) return 'logged';
    await notices.send(notice, limits);
    return 'delivered';
  });
