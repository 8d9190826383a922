/** Every refusal of Maskinporten and the self-service API: what becomes of it, and what the person at the gate is told. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { failureOf } from '../../domain/failures.ts';
import type { FailureCode } from '../../domain/failures.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { defaultSettings } from '../../local/digdir/settings.ts';
import { decideUpdate, statusQuery } from '../../workflows/messages.ts';
import { decide, organisation, register, startOnboarding, submitKey } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newRequest, nextGate, quick } from './support.ts';
import type { Handle } from './support.ts';

let world: TestWorld;
let issued: IssuedCertificate;
before(async () => {
  world = await startTestWorld();
  issued = await world.cloud.authority.issue({ organisation });
});
after(() => world.close());

/** A run whose key is in KMS, and whose registration is awaited. */
async function atRegistration(request: OnboardingRequest): Promise<Handle> {
  const handle = await startOnboarding(world, request);
  await submitKey(world, handle, issued);
  await nextGate(handle);
  return handle;
}

/** Approves, and tells with what reason the run comes back to its gate. */
async function refusedAfterApproval(handle: Handle): Promise<string> {
  const { digest } = await nextGate(handle);
  assert.equal((await decide(handle)).outcome, 'counted');
  const { refusal = '' } = await nextGate(handle, digest);
  const proof = (await handle.query(statusQuery)).steps.findLast(({ kind }) => kind === 'verify-assertion');
  assert.deepEqual([proof?.state, proof?.refusal], ['failed', refusal], 'a proof that was refused is not done');
  return refusal;
}

function assertExplains(refusal: string, code: FailureCode): void {
  const { title, remedy } = failureOf(code);
  assert.ok(refusal.startsWith(`${title} (${code})`), `${code}: ${refusal}`);
  assert.ok(refusal.endsWith(remedy), `${code}: ${refusal}`);
}

const lasting = {
  'MP-011': 'ASSERTION_DEFECT',
  'MP-110': 'ASSERTION_DEFECT',
  'MP-120': 'ASSERTION_CERTIFICATE_REFUSED',
  'MP-121': 'ASSERTION_KEY_EXPIRED',
  'MP-122': 'ASSERTION_ORGANISATION',
  'MP-123': 'ASSERTION_DEFECT',
  'MP-124': 'ASSERTION_SIGNATURE',
  'MP-201': 'ASSERTION_SCOPE_TYPE',
  'MP-250': 'ASSERTION_ACCESS',
  'MP-251': 'ASSERTION_DELEGATION',
  'MP-301': 'ASSERTION_DEFECT',
  'MP-302': 'ASSERTION_DEFECT',
  'MP-303': 'ASSERTION_DEFECT',
  'own-consumer-org': 'ASSERTION_DEFECT',
  'unsupported-grant-type': 'ASSERTION_REFUSED',
} as const;

for (const codesInText of [true, false]) {
  const how = codesInText ? 'with its code in the text' : 'by its words alone';
  test(`a lasting refusal, known ${how}, leads back to the gate and is explained there`, async () => {
    const request = newRequest(world, issued);
    register(world.cloud, request);
    const handle = await atRegistration(request);
    world.cloud.digdir.settings.codesInText = codesInText;
    const first = await nextGate(handle);
    for (const [code, expected] of Object.entries(lasting)) {
      world.cloud.digdir.injectTokenError({ code, times: 1, clientId: request.client.clientId });
      const refusal = await refusedAfterApproval(handle);
      assertExplains(refusal, expected);
      assert.match(refusal, /trace_id: [0-9a-f]{32}/, 'what Digdir asks for when it is called');
    }
    const { plans } = await handle.query(statusQuery);
    const registration = plans.find(({ plan }) => plan.phase === 'registration');
    assert.ok(
      registration?.plan.lastRefusal?.includes('ASSERTION_REFUSED'),
      'the plan itself says why it is shown again',
    );
    assert.equal(registration?.plan.attempt, Object.keys(lasting).length + 1);

    const stale = { gate: 'registration', verdict: 'approve', by: 'ola', reason: 'late', digest: first.digest };
    const answer = await handle.executeUpdate(decideUpdate, { args: [stale] });
    assert.equal(answer.code, 'DECISION_LATE', 'an approval of a former plan covers nothing');
    await decide(handle);
    assert.equal((await handle.result()).outcome, 'onboarded');
  });
}

test('what may be propagation, or is passing, is tried again without people', async () => {
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const handle = await atRegistration(request);
  for (const code of ['MP-012', 'MP-100', 'unknown-kid', 'MP-130', 'issued-in-future', 'MP-200', 'unavailable']) {
    world.cloud.digdir.injectTokenError({ code, times: 1, clientId: request.client.clientId });
  }
  await decide(handle);
  const result = await handle.result();
  assert.equal(result.outcome, 'onboarded');
  assert.equal(result.decisions.length, 1);
});

test('a client that Digdir knows only after a delay is waited for', async () => {
  const request = newRequest(world, issued);
  const handle = await atRegistration(request);
  world.cloud.digdir.settings.propagationDelay = 1_500;
  register(world.cloud, request);
  await decide(handle);
  const result = await handle.result();
  world.cloud.digdir.settings.propagationDelay = 0;
  assert.equal(result.outcome, 'onboarded');
  assert.equal(result.decisions.length, 1);
  const refused = world.cloud.digdir.inspect().refusals.filter(({ client }) => client === request.client.clientId);
  assert.ok(refused.length > 0, 'it was not known at first');
});

test('what does not pass in time leads back to the gate, for as long as its cause is there', async () => {
  const { digdir } = world.cloud;
  const request = newRequest(world, issued, { client: { scopes: ['idporten:dcr.write'] }, pace: quick(1) });
  const { clientId, scopes } = request.client;
  const handle = await atRegistration(request);
  const causes: [FailureCode, () => void][] = [
    ['ASSERTION_CLIENT_UNKNOWN', () => undefined],
    ['ASSERTION_UNKNOWN_KID', () => register(world.cloud, request, 'registered', issued)],
    ['ASSERTION_SCOPES', () => digdir.registerAdminClient({ clientId, organisation, scopes: ['idporten:dcr.read'] })],
    ['ASSERTION_ORGANISATION', () => digdir.registerAdminClient({ clientId, organisation: '991825827', scopes })],
    [
      'ASSERTION_CLOCK',
      () => (register(world.cloud, request), Object.assign(digdir.settings, { clockSkew: 3_600_000 })),
    ],
    ['SELF_SERVICE_REFUSED', () => Object.assign(digdir.settings, { clockSkew: 0, writeImpliesRead: false })],
    ['SELF_SERVICE_REFUSED', () => Object.assign(digdir.settings, { writeImpliesRead: true, tokenLifetime: -60 })],
  ];
  for (const [code, cause] of causes) {
    cause();
    assertExplains(await refusedAfterApproval(handle), code);
  }
  Object.assign(digdir.settings, defaultSettings());
  await decide(handle);
  assert.equal((await handle.result()).outcome, 'onboarded');
});

test('lost replies, and metadata that is gone after preflight, cost a retry and nobody’s time', async (t) => {
  t.after(() => world.cloud.calls.disturb());
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const handle = await atRegistration(request);
  const fates = new Map([
    ['GET /.well-known/oauth-authorization-server', 'refuse'],
    ['POST /token', 'lose-reply'],
    ['GET /api/v1/clients/{id}', 'lose-reply'],
  ] as const);
  world.cloud.calls.disturb({
    before({ method }) {
      const [known, fate] = [...fates].find(([name]) => name === method) ?? [];
      if (known) fates.delete(known);
      return fate ?? 'none';
    },
  });
  await decide(handle);
  const result = await handle.result();
  assert.equal(fates.size, 0);
  assert.equal(result.outcome, 'onboarded');
  assert.equal(result.decisions.length, 1);
});

test('Digdir’s Retry-After sets when the next attempt is made', async () => {
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const handle = await atRegistration(request);
  const { clientId } = request.client;
  world.cloud.digdir.injectTokenError({ code: 'unavailable', status: 429, retryAfter: 45, times: 1, clientId });
  await decide(handle);
  for (;;) {
    const { raw } = await handle.describe();
    const [pending] = raw.pendingActivities ?? [];
    if (!pending?.lastFailure?.message?.includes('429')) continue;
    assert.equal(Number(pending.currentRetryInterval?.seconds), 45);
    break;
  }
  await handle.cancel();
  assert.equal((await handle.result()).outcome, 'withdrawn');
});
