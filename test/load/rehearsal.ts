/** A rotation of both admin clients, a roll-back and a second rotation, with everybody at work who depends on them. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { startLoad } from '../../client/load.ts';
import type { Load, Requester } from '../../client/load.ts';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { awaited, decide, submitKey } from '../onboarding.ts';
import { clientName, deliver, machineName, machineSpecOf, specOf } from '../provisioning.ts';
import { rollBack, rotationOf, startRotation } from '../rotation.ts';
import type { TestWorld } from '../world.ts';
import { applies, carryOut, logins, machine } from './requesters.ts';
import { inUse, issue, lookBeforeWrites, machineClient, openStage, readerOf, relyingParty } from './stage.ts';

/** Milliseconds until a reader looks for a newer document. */
const refresh = { usual: 500, slowest: 3_000 };
/** Seconds: longer than the slowest refresh, the life of a token (two) and what a busy machine adds, together. */
const drain = 10;
/** Seconds: longer than any test, as this one is rolled back. */
const longSoak = 600;

const kinds = ['maskinporten', 'idporten'] as const;
type Kind = (typeof kinds)[number];
type ByKind<T> = Readonly<Record<Kind, T>>;

async function both<T>(work: (kind: Kind) => Promise<T>): Promise<ByKind<T>> {
  const [maskinporten, idporten] = await Promise.all([work('maskinporten'), work('idporten')]);
  return { maskinporten, idporten };
}

type Application = {
  readonly client: OAuthClientName;
  readonly credentials: string;
  /** The application at work with these credentials. */
  readonly requester: Requester;
};

type Rehearsal = {
  readonly world: TestWorld;
  readonly load: Load;
  readonly requests: ByKind<OnboardingRequest>;
  /** Those whose own keys rotate meanwhile. */
  readonly applications: readonly Application[];
  /** The same one for the same number. */
  readonly certificate: (kind: Kind, number: number) => Promise<IssuedCertificate>;
};

type Conditions = {
  /** Secret Manager shows `latest` as it was an hour ago, metadata and lists late too, and grants take effect late. */
  readonly late: boolean;
  /** Workflow code in the place of the usual one: the path of a bundle. */
  readonly bundle?: string;
};

/** Resolves when all is over, and rejects when one request has failed; each phase has had its share of them. */
export async function rehearse(t: TestContext, conditions: Conditions): Promise<void> {
  const rehearsal = await prepare(t, conditions);
  try {
    await play(t, rehearsal);
  } finally {
    // Whoever is at work needs the world for as long as that.
    await rehearsal.load.stop();
  }
}

async function play(t: TestContext, rehearsal: Rehearsal): Promise<void> {
  const { load } = rehearsal;
  const begun = performance.now();
  const nothingFailed = (what: string) => {
    const seconds = (performance.now() - begun) / 1000;
    t.diagnostic(`${what}: ${load.count()} requests in ${seconds.toFixed(1)} s, ${load.failures().length} failed`);
    assert.deepEqual(load.failures(), []);
  };
  await load.more(100);

  const first = await both(async (kind) => await begin(rehearsal, kind, 2, drain));
  await both(async (kind) => await submit(rehearsal, first[kind], kind, 2));
  await rotateKeys(rehearsal);
  await both(async (kind) => await confirm(rehearsal, first[kind], kind, 2));
  assert.deepEqual(await outcomes(first), ['rotated', 'rotated']);
  await load.more(100);
  await load.round();
  nothingFailed('rotated');

  const second = await both(async (kind) => await begin(rehearsal, kind, 3, longSoak));
  await both(async (kind) => await submit(rehearsal, second[kind], kind, 3));
  await both(async (kind) => await confirm(rehearsal, second[kind], kind, 3));
  await both(async (kind) => await awaited(second[kind], 'soak'));
  await load.more(100);
  await both(async (kind) => await rollBack(second[kind]));
  await rotateKeys(rehearsal);
  assert.deepEqual(await outcomes(second), ['rolled-back', 'rolled-back']);
  await load.more(100);
  await load.round();
  nothingFailed('rolled back');

  const third = await both(async (kind) => await begin(rehearsal, kind, 3, drain));
  await both(async (kind) => await confirm(rehearsal, third[kind], kind, 3));
  await rotateKeys(rehearsal);
  assert.deepEqual(await outcomes(third), ['rotated', 'rotated']);
  await load.more(100);
  await load.round();
  nothingFailed('rotated again');

  await load.stop();
  nothingFailed('stopped');
  const refused = rehearsal.world.cloud.digdir.inspect().refusals.filter((one) => !isTrial(rehearsal, one));
  assert.deepEqual(refused, [], 'Maskinporten refuses nothing but a certificate that is not registered yet');
}

const outcomes = async (runs: ByKind<WorkflowHandle>): Promise<string[]> =>
  Object.values(await both(async (kind) => ((await runs[kind].result()) as { outcome: string }).outcome));

/** A world in use: both admin clients, readers of their documents, applications, and folders that are applied. */
async function prepare(t: TestContext, { late, bundle }: Conditions): Promise<Rehearsal> {
  const world = await openStage({ workers: 2, settings: { refresh: refresh.usual }, ...(bundle ? { bundle } : {}) });
  t.after(() => world.close());
  const issued = new Map<string, Promise<IssuedCertificate>>();
  const certificate = (kind: Kind, number: number): Promise<IssuedCertificate> => {
    const made = issued.get(`${kind} ${number}`) ?? issue(world);
    issued.set(`${kind} ${number}`, made);
    return made;
  };
  const requests = await both(async (kind) => await inUse(world, kind, await certificate(kind, 1), kidOf(1)));
  const readers = await both(async (kind) => await readerOf(world, requests[kind], refresh));
  const scope = 'nav:last/lesing';
  world.cloud.digdir.registerScope({ name: scope, accessible_for_all: true });
  const [consumer, login] = [await machineClient(world, scope), await relyingParty(world)];
  if (late)
    Object.assign(world.cloud.google.settings, { staleLatest: 3_600_000, staleMetadata: 1_500, iamDelay: 1_500 });
  const parties: readonly Application[] = [
    { ...consumer, requester: machine(consumer.credentials) },
    { client: login.client, credentials: login.party.folder, requester: logins(login.party) },
  ];
  const requesters = [
    ...readers.maskinporten.requesters,
    ...readers.idporten.requesters,
    ...parties.map(({ requester }) => requester),
    ...folders(world, scope),
  ];
  const offered = requesters.reduce((sum, { every }) => sum + 1000 / every, 0);
  assert.ok(offered >= 50, `${offered} requests a second, as far as the machine can make them`);
  lookBeforeWrites(world, [readers.maskinporten.unlucky, readers.idporten.unlucky]);
  const load = startLoad(requesters);
  t.after(async () => {
    await Promise.all([readers.maskinporten.close(), readers.idporten.close(), login.party.close()]);
  });
  return { world, load, requests, applications: parties, certificate };
}

/** Clients that are declared with another name each time. */
function folders(world: TestWorld, scope: string): Requester[] {
  const [machines, people] = [machineName(world), clientName(world)];
  return [
    applies(world, 'apply of Maskinporten clients', (count) => ({
      client: machines,
      spec: machineSpecOf({ consumes: [scope], clientName: `Etaten ${count}` }),
    })),
    applies(world, 'apply of ID-porten clients', (count) => ({
      client: people,
      spec: specOf(people.name, { clientName: `Etaten ${count}` }),
    })),
  ];
}

/** New keys for the applications, which have used them before the old ones go. */
async function rotateKeys({ world, load, applications }: Rehearsal): Promise<void> {
  for (const { client, credentials } of applications) {
    await carryOut(world, client, { kind: 'rotate-key' });
    await deliver(world, client, credentials);
  }
  await load.round(applications.map(({ requester }) => requester));
  for (const { client } of applications) await carryOut(world, client, { kind: 'acknowledge' });
}

async function begin(
  { world, requests, certificate }: Rehearsal,
  kind: Kind,
  number: number,
  soak: number,
): Promise<WorkflowHandle> {
  const request = rotationOf(requests[kind], await certificate(kind, number), { soak, drain });
  return await startRotation(world, request);
}

async function submit({ world, certificate }: Rehearsal, run: WorkflowHandle, kind: Kind, number: number) {
  await submitKey(world, run, await certificate(kind, number));
}

/** Kari confirms too soon: Digdir's staff register the certificate only when it has been refused, under load. */
async function confirm(rehearsal: Rehearsal, run: WorkflowHandle, kind: Kind, number: number): Promise<void> {
  const { world, load, requests, certificate } = rehearsal;
  if (kind === 'maskinporten') {
    await decide(run);
    return;
  }
  const { clientId } = requests.idporten.client;
  const isRegistered = () =>
    world.cloud.digdir
      .inspect()
      .clients.some(
        ({ client, keys }) => client.client_id === clientId && keys.some(({ kid }) => kid === kidOf(number)),
      );
  await decide(run, { kid: kidOf(number) });
  if (isRegistered()) return;
  const refused = () =>
    world.cloud.digdir.inspect().refusals.some((one) => isTrial(rehearsal, one) && one.reason.endsWith(kidOf(number)));
  while (!refused()) await load.more(10);
  await load.more(100);
  const { leaf } = await certificate(kind, number);
  world.cloud.digdir.registerCertificate(clientId, { kid: kidOf(number), certificate: leaf });
}

/** Under which Digdir's staff register the certificate with this number. */
const kidOf = (number: number): string => `certificate-${number}`;

/** Whether it was the proof of a certificate, not yet in use, that Maskinporten refused. */
const isTrial = ({ requests }: Rehearsal, { client, code }: { readonly client: string; readonly code: string }) =>
  client === requests.idporten.client.clientId && code === 'unknown-kid';
