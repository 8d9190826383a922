/** Clients that take tokens themselves: with the scopes that may be had, proven by a real token, and told what is missing. */
import assert from 'node:assert/strict';
import { createPrivateKey, sign } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { JWK } from 'jose';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import type { OperationEnd } from '../../domain/provisioning.ts';
import { Refusal } from '../../domain/refusal.ts';
import { createMaskinporten } from '../../services/maskinporten.ts';
import { organisation } from '../onboarding.ts';
import {
  clientAt,
  machineName,
  machineSpecOf,
  onboardAdminClient,
  provision,
  specOf,
  variablesOf,
} from '../provisioning.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';

const provider = '889640782';
const [open, given, closed] = ['nav:open/lesing', 'nav:gitt/lesing', 'nav:lukket/lesing'];

let world: TestWorld;
before(async () => {
  world = await startTestWorld();
  await onboardAdminClient(world, 'maskinporten');
  const { digdir } = world.cloud;
  for (const name of [open, given, closed]) {
    digdir.registerScope({ name, owner_orgno: provider, accessible_for_all: name === open });
  }
  digdir.giveAccess(given, organisation);
});
after(() => world.close());

const apply = (client: OAuthClientName, ...consumes: string[]) =>
  provision(world, client, { kind: 'apply', spec: machineSpecOf({ consumes }) });

/** A token that the consumer takes with what was delivered to it, and nothing else; verified as a provider does. */
async function takeToken(end: OperationEnd, scope?: string) {
  const variables = variablesOf(world, end);
  const key = JSON.parse(variables['MASKINPORTEN_CLIENT_JWK'] ?? '{}') as JWK & { kid: string };
  const clock = { now: () => new Date(), uuid: () => crypto.randomUUID() };
  const grant = {
    clientId: variables['MASKINPORTEN_CLIENT_ID'] ?? '',
    scopes: (scope ?? variables['MASKINPORTEN_SCOPES'] ?? '').split(' '),
    assertion: { style: 'kid', kid: key.kid },
    chain: [],
  } as const;
  const maskinporten = createMaskinporten(variables['MASKINPORTEN_WELL_KNOWN_URL'] ?? '', clock);
  const signer = async (data: Uint8Array) => sign('sha256', data, createPrivateKey({ key, format: 'jwk' }));
  const { accessToken } = await maskinporten.grant(grant, signer, { timeout: 10_000 });
  const keys = createRemoteJWKSet(new URL(variables['MASKINPORTEN_JWKS_URI'] ?? ''));
  const { payload } = await jwtVerify(accessToken, keys, { issuer: variables['MASKINPORTEN_ISSUER'] ?? '' });
  return payload;
}

const refusedFor = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code;

test('a client takes a token for its scopes with the delivered variables alone', async () => {
  const end = await apply(machineName(world), open, given);
  assert.equal(end.outcome, 'applied', end.message);
  assert.deepEqual(end.notices, []);
  assert.deepEqual(Object.keys(variablesOf(world, end)), [
    'MASKINPORTEN_CLIENT_ID',
    'MASKINPORTEN_CLIENT_JWK',
    'MASKINPORTEN_ISSUER',
    'MASKINPORTEN_JWKS_URI',
    'MASKINPORTEN_SCOPES',
    'MASKINPORTEN_TOKEN_ENDPOINT',
    'MASKINPORTEN_WELL_KNOWN_URL',
  ]);
  const payload = await takeToken(end);
  assert.equal(payload['scope'], `${open} ${given}`);
  assert.deepEqual(payload['consumer'], { authority: 'iso6523-actorid-upis', ID: `0192:${organisation}` });
});

test('a second apply has nothing to do, and lists no clients', async () => {
  const client = machineName(world);
  await apply(client, open);
  const lists = () => world.cloud.calls.count('self-service', 'GET /api/v1/clients');
  const before = lists();
  const again = await apply(client, open);
  assert.deepEqual([again.outcome, again.steps], ['unchanged', []]);
  assert.equal(lists(), before);
});

test('what the organisation has no access to is told and left out; once given, and applied again, it is there', async () => {
  const client = machineName(world);
  const first = await apply(client, open, closed);
  assert.equal(first.outcome, 'applied', first.message);
  assert.deepEqual(
    first.notices.map(({ code, where }) => [code, where]),
    [['SCOPE_ACCESS_MISSING', closed]],
  );
  assert.deepEqual(clientAt(world, first.clientId).client.scopes, [open]);
  assert.equal(variablesOf(world, first)['MASKINPORTEN_SCOPES'], open);
  await assert.rejects(takeToken(first, closed), refusedFor('ASSERTION_SCOPES'));

  world.cloud.digdir.giveAccess(closed, organisation);
  const second = await apply(client, open, closed);
  assert.deepEqual([second.outcome, second.notices], ['applied', []]);
  assert.equal((await takeToken(second))['scope'], `${open} ${closed}`);

  world.cloud.digdir.withdrawAccess(closed, organisation);
  await assert.rejects(takeToken(second, closed), refusedFor('ASSERTION_ACCESS'));
});

test('a client of which no scope may be had is not made', async () => {
  const client = machineName(world);
  const end = await apply(client, 'nav:finnes/ikke');
  assert.deepEqual([end.outcome, end.code, end.steps], ['refused', 'SCOPES_ALL_MISSING', []]);
});

test('a key is proven though the scope is in its way: an unknown key is refused otherwise', async () => {
  const client = machineName(world);
  const first = await apply(client, given);
  world.cloud.digdir.withdrawAccess(given, organisation);
  const rotated = await provision(world, client, { kind: 'rotate-key' });
  world.cloud.digdir.giveAccess(given, organisation);
  assert.equal(rotated.outcome, 'applied', rotated.message);
  assert.notEqual(rotated.published?.kid, first.published?.kid);
  await takeToken(first);
  await takeToken(rotated);
  await provision(world, client, { kind: 'acknowledge' });
  await assert.rejects(takeToken(first), refusedFor('ASSERTION_UNKNOWN_KID'));
  await takeToken(rotated);
});

test('one application may have a client of each kind, apart from one another', async () => {
  await onboardAdminClient(world);
  const client = machineName(world);
  const machine = await apply(client, open);
  const login = await provision(world, { ...client, kind: 'idporten' }, { kind: 'apply', spec: specOf(client.name) });
  assert.deepEqual([machine.outcome, login.outcome], ['applied', 'applied']);
  assert.notEqual(machine.clientId, login.clientId);
  const removed = await provision(world, client, { kind: 'delete' });
  assert.equal(removed.outcome, 'applied');
  assert.equal(clientAt(world, login.clientId).client.active, true);
});
