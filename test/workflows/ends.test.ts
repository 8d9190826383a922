/** The ends of a run other than success: what is said, disabled and kept, and that the next run takes it up again. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { defaultGatePolicy } from '../../domain/approval.ts';
import { adminClientWorkflowId, lastPart } from '../../domain/names.ts';
import type { OnboardingRequest, OnboardingResult } from '../../domain/onboarding.ts';
import type { Disturbance } from '../../local/calls.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { decideUpdate, withdrawSignal, withdrawUpdate } from '../../workflows/messages.ts';
import type { WithdrawalAnswer } from '../../workflows/messages.ts';
import {
  awaited,
  decide,
  onboard,
  organisation,
  register,
  startOnboarding,
  statusWhen,
  submitKey,
} from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newRequest } from './support.ts';
import type { Handle } from './support.ts';

let world: TestWorld;
let issued: IssuedCertificate;
before(async () => {
  world = await startTestWorld();
  issued = await world.cloud.authority.issue({ organisation });
});
after(() => world.close());

const gate = { ...defaultGatePolicy, remindAfter: [] };
const withdrawal = { by: 'per', reason: 'the wrong year' };

/** Everything that can still be used: enabled key versions and secret versions of a tenant, but for its record. */
function enabled({ tenant }: OnboardingRequest): string[] {
  const { keyVersions, secrets } = inspected(tenant);
  const held = secrets
    .filter(({ name }) => !name.endsWith('-record'))
    .flatMap(({ name, versions }) => versions.map(({ number, state }) => ({ name: `${name}/${number}`, state })));
  return [...keyVersions, ...held].filter(({ state }) => state === 'ENABLED').map(({ name }) => name);
}

function inspected(tenant: string) {
  const { cryptoKeys, secrets } = world.cloud.google.inspect();
  return {
    keyVersions: cryptoKeys.filter(({ name }) => name.includes(`/keyRings/${tenant}/`)).flatMap((key) => key.versions),
    secrets: secrets.filter(({ name }) => lastPart(name).startsWith(`${tenant}-`)),
  };
}

/** The audit log's entries about the runs of this tenant. */
const audited = (request: OnboardingRequest) =>
  world.audit.filter((entry) => 'workflowId' in entry && entry.workflowId === adminClientWorkflowId(request));

type End = { readonly outcome: OnboardingResult['outcome']; readonly by: (handle: Handle) => Promise<unknown> };

const ends = {
  'rejected by a person': { outcome: 'rejected', by: (handle) => decide(handle, { verdict: 'reject' }) },
  'not decided in time': { outcome: 'expired', by: async () => undefined },
  'withdrawn by update': {
    outcome: 'withdrawn',
    by: async (handle) => {
      await waiting(handle);
      await handle.executeUpdate(withdrawUpdate, { args: [withdrawal] });
    },
  },
  'withdrawn by signal': {
    outcome: 'withdrawn',
    by: async (handle) => {
      await waiting(handle);
      await handle.signal(withdrawSignal, withdrawal);
    },
  },
  'cancelled in the Temporal UI': {
    outcome: 'withdrawn',
    by: async (handle) => {
      await waiting(handle);
      await handle.cancel();
    },
  },
} satisfies Record<string, End>;

type EndName = keyof typeof ends;

const endNames = Object.keys(ends) as EndName[];
const endsWithoutDecision = endNames.filter((name) => name !== 'rejected by a person');

const waiting = (handle: Handle) => statusWhen(handle, ({ awaiting }) => awaiting !== undefined);

const policyFor = (name: EndName) => (name === 'not decided in time' ? { ...gate, expiresAfter: 1 } : gate);

describe('a run that ends at the custody gate has created nothing', { concurrency: 3 }, () => {
  for (const name of endNames) {
    test(name, async () => {
      const request = newRequest(world, issued, { approval: { custody: policyFor(name) } });
      const handle = await startOnboarding(world, request);
      await ends[name].by(handle);
      const result = await handle.result();

      assert.equal(result.outcome, ends[name].outcome);
      assert.deepEqual(result.tidied, []);
      assert.deepEqual(result.steps, []);
      const { keyRings } = world.cloud.google.inspect();
      assert.ok(!keyRings.some((ring) => ring.name.endsWith(`/${request.tenant}`)), 'no key ring');
      assert.deepEqual(inspected(request.tenant), { keyVersions: [], secrets: [] });
      const [entry, ...others] = audited(request) as [OnboardingResult, ...unknown[]];
      assert.deepEqual(others, []);
      assert.equal(entry.outcome, result.outcome);
      assert.equal(entry.reason, result.reason);
      assert.deepEqual(entry.decisions, result.decisions);
    });
  }
});

describe('a run that ends while the key is awaited leaves nothing that is usable', { concurrency: 3 }, () => {
  for (const name of endsWithoutDecision) {
    test(name, async () => {
      const request = newRequest(world, issued);
      const { pace } = request;
      const submission = name === 'not decided in time' ? 1 : pace.submission;
      const handle = await startOnboarding(world, { ...request, pace: { ...pace, submission } });
      await ends[name].by(handle);
      const result = await handle.result();

      assert.equal(result.outcome, ends[name].outcome);
      assert.deepEqual(enabled(request), []);
      const left = result.tidied.map((line) => line.replace(/^left (\S+),.*/, '$1'));
      const made = result.steps.filter(({ state, kind }) => state === 'done' && kind.startsWith('create-'));
      assert.equal(made.length, 2, 'key ring and crypto key');
      const madeNames = made.map(({ resource }) => resource);
      assert.deepEqual(left, madeNames, 'what was made is told');
    });
  }
});

const laterEnds = [
  ['registration', 'rejected by a person'],
  ['registration', 'cancelled in the Temporal UI'],
  ['activation', 'not decided in time'],
  ['activation', 'withdrawn by update'],
] as const;

describe('a run that ends at a later gate disables what it made, and keeps a record', { concurrency: 3 }, () => {
  for (const [phase, name] of laterEnds) {
    test(`${phase}: ${name}`, async () => {
      const request = newRequest(world, issued, { approval: { [phase]: policyFor(name) } });
      register(world.cloud, request);
      const handle = await startOnboarding(world, request);
      await submitKey(world, handle, issued);
      if (phase === 'activation') await decide(handle);
      await statusWhen(handle, (status) => status.phase === phase || status.phase === 'ended').catch(() => undefined);
      await ends[name].by(handle);
      const result = await handle.result();

      assert.equal(result.outcome, ends[name].outcome);
      assert.deepEqual(enabled(request), []);
      const disabled = result.tidied.filter((line) => line.startsWith('disabled '));
      assert.equal(disabled.length, 3, 'key, chain and client id');
      assert.ok(disabled.some((line) => line.endsWith('/cryptoKeyVersions/1')));
      const record = inspected(request.tenant).secrets.find((secret) => secret.name.endsWith('-record'));
      const [kept] = (record?.versions ?? []).map(({ payload }) => JSON.parse(String(payload)) as OnboardingResult);
      assert.equal(kept?.outcome, result.outcome);
      assert.deepEqual(kept.decisions, result.decisions);
      assert.equal(audited(request).length, 1);
    });
  }
});

test('the next run takes up what an ended one disabled, and disables it again if it ends early itself', async () => {
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const first = await startOnboarding(world, request);
  await submitKey(world, first, issued);
  await decide(first, { verdict: 'reject' });
  await first.result();

  const second = await startOnboarding(world, request);
  await decide(second, { verdict: 'reject' });
  const rejected = await second.result();
  assert.ok(rejected.steps.some(({ kind, state }) => kind === 'enable-key-version' && state === 'done'));
  assert.deepEqual(enabled(request), []);

  const third = await startOnboarding(world, request);
  await decide(third);
  const onboarded = await third.result();
  assert.equal(onboarded.outcome, 'onboarded');
  assert.match(onboarded.resources?.keyVersion ?? '', /cryptoKeyVersions\/1$/);
  assert.equal(inspected(request.tenant).keyVersions.length, 1, 'the key is not imported a second time');
});

test('an early end of a later run leaves what is active alone', async () => {
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const { resources } = await onboard(world, request, issued);
  const held = enabled(request);
  const fewer = { ...request, client: { ...request.client, scopes: ['idporten:dcr.write'] } };

  const handle = await startOnboarding(world, fewer);
  await decide(handle, { verdict: 'reject' });
  const result = await handle.result();

  assert.deepEqual(result.tidied, []);
  assert.deepEqual(enabled(request), held);
  const again = await (await startOnboarding(world, request)).result();
  assert.equal(again.outcome, 'unchanged');
  assert.deepEqual(again.resources, resources);
});

test('once the active document is being written, nothing withdraws the run', async () => {
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const handle = await startOnboarding(world, request);
  await submitKey(world, handle, issued);
  const { digest } = await awaited(handle, 'decision');
  // The second token request is the proof of the document that has just been written.
  const answers: WithdrawalAnswer[] = [];
  let requests = 0;
  world.cloud.calls.disturb({
    async before(call): Promise<Disturbance> {
      if (call.method !== 'POST /token' || call.caller !== request.client.clientId || (requests += 1) !== 2)
        return 'none';
      answers.push(await handle.executeUpdate(withdrawUpdate, { args: [withdrawal] }));
      await handle.cancel();
      return 'none';
    },
  });
  await handle.executeUpdate(decideUpdate, {
    args: [{ gate: 'registration', digest, verdict: 'approve', by: 'kari', reason: 'seen' }],
  });
  const result = await handle.result();
  world.cloud.calls.disturb();

  assert.equal(answers[0]?.outcome, 'refused');
  assert.equal(result.outcome, 'onboarded');
  assert.equal(enabled(request).length, 4, 'key, chain, client id and active document');
});
