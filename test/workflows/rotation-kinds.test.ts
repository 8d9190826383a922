/** Whatever changes takes the same road: another key size, another kid, the chain alone, the client id alone. */
import assert from 'node:assert/strict';
import { createPublicKey, randomUUID, X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { awaited, decide, organisation, register, submitKey } from '../onboarding.ts';
import { keyStates, rotationOf, startRotation } from '../rotation.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newOnboarded } from './support.ts';

let world: TestWorld;
let first: IssuedCertificate;
let second: IssuedCertificate;
let large: IssuedCertificate;
before(async () => {
  world = await startTestWorld();
  first = await world.cloud.authority.issue({ organisation });
  large = await world.cloud.authority.issue({ organisation, keySize: 4096 });
  second = await world.cloud.authority.issue({ organisation });
});
after(() => world.close());

const onboarded = (options?: Parameters<typeof newOnboarded>[2], kid?: string): Promise<OnboardingRequest> =>
  newOnboarded(world, first, options, kid);

/** Registers the certificate's key beside those that the client has. */
function registerKey({ client }: OnboardingRequest, kid: string, { leaf }: IssuedCertificate): void {
  const { n = '', e = '' } = createPublicKey(leaf).export({ format: 'jwk' });
  const x5c = [new X509Certificate(leaf).raw.toString('base64')];
  world.cloud.digdir.registerKey(client.clientId, { kid, kty: 'RSA', n, e, use: 'sig', alg: 'RS256', x5c });
}

test('a key of another size takes a crypto key of that size, and the way back takes the first one again', async () => {
  const request = await onboarded();
  const key = `${request.tenant}-local-maskinporten`;
  const up = await startRotation(world, rotationOf(request, large));
  await submitKey(world, up, large);
  await decide(up);
  assert.equal((await up.result()).outcome, 'rotated');
  assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'DISABLED', [`${key}-4096/1`]: 'ENABLED' });

  const down = await startRotation(world, rotationOf(request, second));
  await submitKey(world, down, second);
  await decide(down);
  assert.equal((await down.result()).outcome, 'rotated');
  assert.deepEqual(keyStates(world, request), {
    [`${key}/1`]: 'DISABLED',
    [`${key}/2`]: 'ENABLED',
    [`${key}-4096/1`]: 'DISABLED',
  });
});

test('a client with registered keys has the new one beside the old one, and the approver gives its kid', async () => {
  const request = await onboarded({ client: { assertion: 'kid', kid: 'of-2025' } }, 'of-2025');
  registerKey(request, 'of-2026', second);
  const handle = await startRotation(world, rotationOf(request, second));
  await submitKey(world, handle, second);
  const { needsKid } = await awaited(handle, 'decision');
  assert.equal(needsKid, true, 'the kid of the tenant file is that of the old certificate');
  await decide(handle, { kid: 'of-2026' });
  const result = await handle.result();
  assert.equal(result.outcome, 'rotated');
  assert.deepEqual(result.active?.document.assertion, { style: 'kid', kid: 'of-2026' });
});

for (const [from, to] of [
  ['x5c', 'kid'],
  ['kid', 'x5c'],
] as const) {
  test(`from ${from} to ${to} there is a gap at Digdir, which is said, unless the client is another one`, async () => {
    const request = await (from === 'kid'
      ? onboarded({ client: { assertion: from, kid: 'of-2025' } }, 'of-2025')
      : onboarded());
    const client = { clientId: randomUUID(), scopes: request.client.scopes, assertion: to };
    const other = { ...request, client };
    register(world.cloud, other, to === 'kid' ? 'of-2026' : undefined, second);
    const handle = await startRotation(world, rotationOf(other, second));
    await submitKey(world, handle, second);
    await decide(handle, to === 'kid' ? { kid: 'of-2026' } : {});
    const result = await handle.result();
    assert.equal(result.outcome, 'rotated');
    assert.equal(result.active?.document.assertion.style, to);
    assert.equal(result.active?.document.clientId, client.clientId);
    assert.deepEqual(result.notices, []);

    const back = { ...client, assertion: from };
    const waiting = await startRotation(world, rotationOf({ ...request, client: back }, second));
    await awaited(waiting, 'decision');
    const { notices } = await waiting.query<{ notices: { code: string }[] }>('status');
    assert.deepEqual(
      notices.map(({ code }) => code),
      ['ASSERTION_STYLE_GAP'],
    );
    await decide(waiting, { verdict: 'reject' });
    assert.equal((await waiting.result()).outcome, 'rejected');
  });
}

test('another chain for the same key, or another client id alone, needs no key, and retires none', async () => {
  const request = await onboarded();
  const key = `${request.tenant}-local-maskinporten`;
  const shorter = { ...first, chain: first.chain.slice(0, 2) };
  const chainOnly = await startRotation(world, rotationOf(request, shorter));
  await decide(chainOnly);
  const one = await chainOnly.result();
  assert.equal(one.outcome, 'rotated');
  assert.match(one.resources?.chainVersion ?? '', /\/versions\/2$/);

  const other = { ...request, client: { ...request.client, clientId: randomUUID() } };
  register(world.cloud, other);
  const idOnly = await startRotation(world, rotationOf(other, shorter));
  await decide(idOnly);
  const two = await idOnly.result();
  assert.equal(two.outcome, 'rotated');
  assert.match(two.resources?.clientIdVersion ?? '', /\/versions\/2$/);
  assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'ENABLED' });
});
