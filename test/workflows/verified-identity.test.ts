/** Verified decisions against an OIDC issuer on loopback: the token counts only for the plan that it is bound to. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { JWTPayload } from 'jose';
import { defaultGatePolicy } from '../../domain/approval.ts';
import { decideUpdate } from '../../workflows/messages.ts';
import type { DecisionAnswer } from '../../workflows/messages.ts';
import { organisation, startOnboarding, statusWhen } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newRequest, nextGate } from './support.ts';

type Issuer = {
  readonly address: string;
  /** An ID token of a person, good for five minutes unless the claims say otherwise. */
  token(claims: JWTPayload): Promise<string>;
  close(): Promise<void>;
};

let world: TestWorld;
let issuer: Issuer;
let stranger: Issuer;
before(async () => {
  [world, issuer, stranger] = await Promise.all([startTestWorld(), startIssuer(), startIssuer()]);
});
after(() => Promise.all([world.close(), issuer.close(), stranger.close()]));

test('a decision counts when its ID token names a person who may, and is bound to the plan’s digest', async () => {
  const issued = await world.cloud.authority.issue({ organisation });
  const custody = {
    ...defaultGatePolicy,
    remindAfter: [],
    identity: 'verified' as const,
    issuer: issuer.address,
    audience: 'approvals',
    who: ['kari@example.org', 'per'],
  };
  const handle = await startOnboarding(world, newRequest(world, issued, { approval: { custody } }));
  const { digest } = await nextGate(handle);
  const kari = { sub: 'a1', email: 'kari@example.org', email_verified: true };
  const decide = (idToken?: string): Promise<DecisionAnswer> =>
    handle.executeUpdate(decideUpdate, {
      args: [{ gate: 'custody', verdict: 'approve', by: 'kari@example.org', reason: 'seen', digest, idToken }],
    });
  const now = Math.floor(Date.now() / 1000);
  const [header, body] = (await issuer.token({ ...kari, aud: digest })).split('.');
  const refused = {
    'no token': undefined,
    'not a token': 'abc',
    'no signature': `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`,
    'a cut signature': `${header}.${body}.AAAA`,
    'another audience': await issuer.token({ ...kari, aud: 'some-application' }),
    'a second audience': await issuer.token({ ...kari, aud: [digest, 'some-application'] }),
    'another nonce': await issuer.token({ ...kari, aud: 'some-application', nonce: 'sha256:00' }),
    'a nonce for another application': await issuer.token({ ...kari, aud: 'some-application', nonce: digest }),
    'the digest of another plan': await issuer.token({ ...kari, aud: digest.replace(/.$/, '_') }),
    expired: await issuer.token({ ...kari, aud: digest, exp: now - 600 }),
    'without an end': await issuer.token({ ...kari, aud: digest, exp: undefined }),
    'another issuer': await stranger.token({ ...kari, aud: digest }),
    'another issuer that names ours': await stranger.token({ ...kari, aud: digest, iss: issuer.address }),
  };
  for (const [what, idToken] of Object.entries(refused)) {
    const answer = await decide(idToken);
    assert.equal(answer.outcome, 'refused', what);
    assert.equal(answer.code, 'DECISION_UNVERIFIED', what);
  }
  const unverified = await decide(await issuer.token({ ...kari, email_verified: false, aud: digest }));
  assert.equal(unverified.code, 'DECISION_NOT_ALLOWED', 'an e-mail address that the issuer did not verify');
  const own = await decide(await issuer.token({ sub: 'per', aud: digest }));
  assert.equal(own.code, 'DECISION_OWN_REQUEST', 'the token says who decides, whatever name is stated');

  const counted = await decide(await issuer.token({ ...kari, aud: 'approvals', nonce: digest }));
  assert.equal(counted.outcome, 'counted');
  assert.equal(counted.decidedBy, 'kari@example.org');
  await statusWhen(handle, ({ awaiting }) => awaiting?.what === 'wrapped-key');
  await handle.cancel();
  assert.equal((await handle.result()).outcome, 'withdrawn');
});

test('an approval of one run is none in another, though everything else is the same', async () => {
  const issued = await world.cloud.authority.issue({ organisation });
  const custody = { ...defaultGatePolicy, remindAfter: [], identity: 'verified' as const, issuer: issuer.address };
  const request = newRequest(world, issued, { approval: { custody } });
  const kari = { sub: 'a1', email: 'kari@example.org', email_verified: true };
  const first = await startOnboarding(world, request);
  const { digest } = await nextGate(first);
  const idToken = await issuer.token({ ...kari, aud: digest });
  const decision = { gate: 'custody', by: 'kari', reason: 'seen', digest, idToken };
  await first.executeUpdate(decideUpdate, { args: [{ ...decision, verdict: 'reject' }] });
  assert.equal((await first.result()).outcome, 'rejected');

  const second = await startOnboarding(world, request);
  const { digest: another } = await nextGate(second);
  assert.notEqual(another, digest);
  const replayed = { ...decision, verdict: 'approve', digest: another };
  assert.equal((await second.executeUpdate(decideUpdate, { args: [replayed] })).code, 'DECISION_UNVERIFIED');
  const stale = { ...decision, verdict: 'approve' };
  assert.equal((await second.executeUpdate(decideUpdate, { args: [stale] })).code, 'DECISION_STALE');
  await second.cancel();
  assert.equal((await second.result()).outcome, 'withdrawn');
});

async function startIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'only', alg: 'RS256', use: 'sig' };
  let address = '';
  const server = createServer((request, response) => {
    const isMetadata = request.url === '/.well-known/openid-configuration';
    const body = isMetadata ? { issuer: address, jwks_uri: `${address}/keys` } : { keys: [jwk] };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address,
    token: (claims) => {
      const now = Math.floor(Date.now() / 1000);
      const payload = { iss: address, iat: now, exp: now + 300, ...claims };
      return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'only' }).sign(privateKey);
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
