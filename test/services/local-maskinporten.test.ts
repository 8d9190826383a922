import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { createRemoteJWKSet, exportJWK, jwtVerify } from 'jose';
import type { CertificateShape, IssuedCertificate } from '../../local/authority/authority.ts';
import type { PublicJwk } from '../../local/digdir/models.ts';
import { startDigdir } from '../../local/digdir/server.ts';
import {
  derBase64,
  type Grant,
  ORGANISATION,
  requestToken,
  signGrant,
  startTestWorld,
  type TestWorld,
  type TokenReply,
} from './local-digdir.ts';

const SCOPES = 'idporten:dcr.read idporten:dcr.write';
let world: TestWorld;
let accepted: IssuedCertificate;

before(async () => {
  world = await startTestWorld();
  accepted = await world.authority.issue({ organisation: ORGANISATION });
  world.digdir.registerAdminClient({ clientId: 'x5c-client', organisation: ORGANISATION, scopes: SCOPES.split(' ') });
  world.digdir.registerAdminClient({
    clientId: 'kid-client',
    organisation: ORGANISATION,
    scopes: SCOPES.split(' '),
    keys: [await publicJwk(accepted, 'first')],
  });
});
after(() => world.close());

describe('accepted', () => {
  test('the metadata is that of Maskinporten, with local addresses', async () => {
    const { issuer, metadata } = world.digdir.maskinporten;
    const body = (await (await fetch(metadata)).json()) as Record<string, unknown>;
    assert.match(issuer, /^http:\/\/127\.0\.0\.1:\d+\/maskinporten\/$/);
    assert.equal(body['issuer'], issuer);
    assert.equal(body['token_endpoint'], `${issuer}token`);
    assert.deepEqual(body['token_endpoint_auth_signing_alg_values_supported'], ['RS256', 'RS384', 'RS512']);
  });

  test('a grant by certificate: a token with the body of an admin token, signed by the published key', async () => {
    const reply = await ask({ clientId: 'x5c-client', scope: SCOPES });
    assert.equal(reply.status, 200);
    assert.equal(reply.body.expires_in, 120);
    assert.equal(reply.body.scope, SCOPES);
    const { issuer } = world.digdir.maskinporten;
    const keys = createRemoteJWKSet(new URL(`${issuer}jwk`));
    const { payload } = await jwtVerify(reply.body.access_token ?? '', keys, { issuer });
    const { exp, iat, jti, ...rest } = payload;
    assert.equal((exp ?? 0) - (iat ?? 0), 120);
    assert.ok(jti);
    assert.deepEqual(rest, {
      iss: issuer,
      aud: 'unspecified',
      scope: SCOPES,
      client_amr: 'virksomhetssertifikat',
      token_type: 'Bearer',
      client_id: 'x5c-client',
      client_orgno: ORGANISATION,
      consumer: { authority: 'iso6523-actorid-upis', ID: `0192:${ORGANISATION}` },
    });
    assert.ok(world.digdir.issuedTokens().includes(reply.body.access_token ?? ''));
  });

  const variants: [name: string, grant: () => Partial<Grant>][] = [
    ['a grant by registered key', () => ({ clientId: 'kid-client', header: { alg: 'RS256', kid: 'first' } })],
    ['RS384', () => ({ header: { alg: 'RS384', kid: 'first' }, clientId: 'kid-client' })],
    ['RS512', () => ({ header: { alg: 'RS512', kid: 'first' }, clientId: 'kid-client' })],
    ['nbf, which NAIS sends', () => ({ claims: { nbf: now() } })],
    ['iat 5 s behind', () => ({ claims: { iat: now() - 5 } })],
    ['no jti', () => ({ claims: { jti: undefined } })],
  ];
  for (const [name, grant] of variants) {
    test(name, async () => assert.equal((await ask(grant())).status, 200));
  }

  test('aud as an array of one', async () => {
    assert.equal((await ask({ claims: { aud: [world.digdir.maskinporten.issuer] } })).status, 200);
  });

  test('the whole chain in x5c, and the organisation number in each of its places', async () => {
    const x5c = accepted.chain.map(derBase64);
    assert.equal((await ask({ header: { alg: 'RS256', x5c } })).status, 200);
    for (const organisationIn of ['organizationIdentifier', 'organisationName'] as const) {
      const certificate = await world.authority.issue({ organisation: ORGANISATION, organisationIn });
      assert.equal((await ask({ certificate })).status, 200, organisationIn);
    }
  });

  test('a client locked to a certificate signs with kid, and no longer when the certificate is revoked', async () => {
    const locked = await world.authority.issue({ organisation: ORGANISATION });
    world.digdir.registerAdminClient({
      clientId: 'locked',
      organisation: ORGANISATION,
      scopes: SCOPES.split(' '),
      lockedTo: { kid: 'certificate', certificate: locked.leaf },
    });
    const header = { alg: 'RS256', kid: 'certificate' };
    assert.equal((await ask({ clientId: 'locked', certificate: locked, header })).status, 200);
    refused(await ask({ clientId: 'locked', certificate: accepted, header }), 'MP-124');
    world.authority.revoke(locked.leaf);
    refused(await ask({ clientId: 'locked', certificate: locked, header }), 'MP-120');
  });
});

describe('certificates: one row for each rule', () => {
  const rows: [shape: CertificateShape, code: string, reason: RegExp][] = [
    ['expired', 'MP-124', /within validity/],
    ['not-yet-valid', 'MP-124', /within validity/],
    ['self-signed', 'MP-120', /not self-signed/],
    ['extra-critical-extension', 'MP-120', /known critical extensions/],
    ['key-usage-absent', 'MP-120', /critical key usage/],
    ['key-usage-not-critical', 'MP-120', /critical key usage/],
    ['other-authority', 'MP-124', /path to a root/],
    ['production', 'MP-124', /path to a root/],
    ['no-policy', 'MP-120', /accepted policy/],
    ['wrong-policy', 'MP-120', /accepted policy/],
    ['revoked', 'MP-120', /not revoked/],
    ['no-organisation', 'MP-122', /certificate is of undefined/],
    ['rsa-1024', 'MP-124', /modulusLength/],
  ];
  for (const [shape, code, reason] of rows) {
    test(`${shape}: ${code}`, async () => {
      const certificate = await world.authority.issue({ organisation: ORGANISATION, shape });
      const header = { alg: 'RS256', x5c: [derBase64(certificate.leaf)] };
      // The library signs with no key below 2048 bits: a signature by another key is enough for a certificate's refusal.
      const signer = shape === 'rsa-1024' ? accepted : certificate;
      refused(await ask({ certificate: signer, header }), code);
      assert.match(world.digdir.inspect().refusals.at(-1)?.reason ?? '', reason);
    });
  }

  test('elliptic-curve: MP-124, for no RS256 signature is by such a key', async () => {
    const { leaf } = await world.authority.issue({ organisation: ORGANISATION, shape: 'elliptic-curve' });
    refused(await ask({ header: { alg: 'RS256', x5c: [derBase64(leaf)] } }), 'MP-124');
  });

  test('a certificate whose signature was altered: MP-124', async () => {
    const der = Buffer.from(derBase64(accepted.leaf), 'base64');
    der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1);
    refused(await ask({ header: { alg: 'RS256', x5c: [der.toString('base64')] } }), 'MP-124');
    assert.match(world.digdir.inspect().refusals.at(-1)?.reason ?? '', /path to a root/);
  });

  test('an intermediate whose root is not the environment’s: MP-124', async (t) => {
    const { authority, calls, folder } = world;
    const { intermediates, productionRoots: roots } = authority;
    const trust = { intermediates, roots, isRevoked: () => false };
    const digdir = await startDigdir({ folder: `${folder}/other-roots`, calls, authority: trust });
    t.after(() => digdir.close());
    digdir.registerAdminClient({ clientId: 'x5c-client', organisation: ORGANISATION, scopes: SCOPES.split(' ') });
    const assertion = await signGrant(digdir, { clientId: 'x5c-client', certificate: accepted });
    refused(await requestToken(digdir, assertion), 'MP-124');
  });

  test('another organisation: MP-122', async () => {
    refused(await ask({ certificate: await world.authority.issue({ organisation: '999999999' }) }), 'MP-122');
  });
});

describe('errors: one row for each code that a grant can provoke', () => {
  const rows: [name: string, code: string, grant: () => Partial<Grant>][] = [
    ['no scope', 'MP-011', () => ({ claims: { scope: undefined } })],
    ['no exp', 'MP-011', () => ({ claims: { exp: undefined } })],
    ['a life above 120 s', 'MP-011', () => ({ claims: { exp: now() + 130 } })],
    ['an unknown claim', 'MP-011', () => ({ claims: { scopes: SCOPES } })],
    ['resource as a string', 'MP-011', () => ({ claims: { resource: 'https://api.example.no' } })],
    ['an algorithm that Digdir does not take', 'MP-011', () => ({ header: { alg: 'PS256', x5c: ['AAAA'] } })],
    ['both kid and x5c', 'MP-011', () => ({ header: { alg: 'RS256', kid: 'a', x5c: [derBase64(accepted.leaf)] } })],
    ['neither kid nor x5c', 'MP-011', () => ({ header: { alg: 'RS256' } })],
    ['an unknown client', 'MP-100', () => ({ clientId: 'nobody' })],
    ['an unknown kid', 'unknown-kid', () => ({ clientId: 'kid-client', header: { alg: 'RS256', kid: 'second' } })],
    ['x5c from a client with keys', 'unknown-kid', () => ({ clientId: 'kid-client' })],
    ['kid from a client without keys', 'unknown-kid', () => ({ header: { alg: 'RS256', kid: 'first' } })],
    ['the token endpoint as aud', 'MP-110', () => ({ claims: { aud: `${world.digdir.maskinporten.issuer}token` } })],
    ['two audiences', 'MP-110', () => ({ claims: { aud: [world.digdir.maskinporten.issuer, 'other'] } })],
    ['x5c with something else than certificates', 'MP-123', () => ({ header: { alg: 'RS256', x5c: ['AAAA'] } })],
    ['an empty x5c', 'MP-123', () => ({ header: { alg: 'RS256', x5c: [] } })],
    ['an expired grant', 'MP-130', () => ({ claims: { iat: now() - 100, exp: now() - 1 } })],
    ['a grant issued 15 s ago', 'MP-130', () => ({ claims: { iat: now() - 15 } })],
    ['a grant of the future', 'issued-in-future', () => ({ claims: { iat: now() + 15 } })],
    ['a scope that the client has not', 'MP-200', () => ({ scope: 'idporten:scopes.write' })],
    ['consumer_org as oneself', 'own-consumer-org', () => ({ claims: { consumer_org: ORGANISATION } })],
    ['an unknown kind of authorization details', 'MP-301', () => details({ type: 'urn:altinn:other' })],
    ['an unknown field', 'MP-302', () => details({ ...consent, more: true })],
    ['an invalid value', 'MP-303', () => details({ ...consent, id: 'not a uuid' })],
  ];
  for (const [name, code, grant] of rows) {
    test(`${name}: ${code}`, async () => refused(await ask(grant()), code));
  }

  test('a signature by another key: MP-124', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    refused(await ask({ certificate: { privateKey, leaf: accepted.leaf } }), 'MP-124');
  });

  test('a grant that was used, with or without jti: MP-012', async () => {
    for (const claims of [{}, { jti: undefined, nonce: undefined, sub: randomUUID() }]) {
      const assertion = await signGrant(world.digdir, { clientId: 'x5c-client', certificate: accepted, claims });
      assert.equal((await requestToken(world.digdir, assertion)).status, 200);
      refused(await requestToken(world.digdir, assertion), 'MP-012');
    }
  });

  test('an inactive client: MP-100', async () => {
    world.digdir.registerAdminClient({ clientId: 'inactive', organisation: ORGANISATION, scopes: [], active: false });
    refused(await ask({ clientId: 'inactive' }), 'MP-100');
  });

  test('an inactive scope: MP-200', async () => {
    world.digdir.registerScope({ name: 'test:asleep', active: false });
    world.digdir.registerAdminClient({ clientId: 'dreams', organisation: ORGANISATION, scopes: ['test:asleep'] });
    refused(await ask({ clientId: 'dreams', scope: 'test:asleep' }), 'MP-200');
  });

  test('an expired key: MP-121', async () => {
    const key = { ...(await publicJwk(accepted, 'old')), exp: now() - 1 };
    world.digdir.registerAdminClient({ clientId: 'old', organisation: ORGANISATION, scopes: [], keys: [key] });
    refused(await ask({ clientId: 'old', header: { alg: 'RS256', kid: 'old' } }), 'MP-121');
  });

  test('a scope for another kind of client, without access, without delegation: MP-201, MP-250, MP-251', async () => {
    const { digdir } = world;
    const scopes = ['test:login', 'test:closed', 'test:delegated'];
    digdir.registerScope({ name: 'test:login', allowed_integration_types: ['idporten'] });
    digdir.registerAdminClient({ clientId: 'scopes', organisation: ORGANISATION, scopes });
    digdir.withdrawAccess('test:closed', ORGANISATION);
    refused(await ask({ clientId: 'scopes', scope: 'test:login' }), 'MP-201');
    refused(await ask({ clientId: 'scopes', scope: 'test:closed' }), 'MP-250', 403);

    digdir.registerScope({
      name: 'test:delegated',
      accessible_for_all: true,
      delegation_source: 'https://tt02.altinn.no/',
    });
    const delegated = { clientId: 'scopes', scope: 'test:delegated', claims: { consumer_org: '999999999' } };
    refused(await ask(delegated), 'MP-251', 403);
    digdir.delegate('test:delegated', { consumer: '999999999', supplier: ORGANISATION });
    assert.equal((await ask(delegated)).status, 200);
  });

  test('another grant type, or no form', async () => {
    const assertion = await signGrant(world.digdir, { clientId: 'x5c-client', certificate: accepted });
    const reply = await requestToken(world.digdir, assertion, 'client_credentials');
    assert.deepEqual([reply.status, reply.body.error], [400, 'unsupported_grant_type']);
    const json = await fetch(`${world.digdir.maskinporten.issuer}token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ assertion }),
    });
    assert.equal(json.status, 400);
  });

  test('what is no JWT: MP-011', async () => refused(await requestToken(world.digdir, 'nonsense'), 'MP-011'));

  test('the code can be left out of the text', async () => {
    world.digdir.settings.codesInText = false;
    const reply = await ask({ clientId: 'nobody' });
    world.digdir.settings.codesInText = true;
    assert.match(reply.body.error_description ?? '', /^Invalid assertion.*\(trace_id: [0-9a-f]{32}\)$/);
  });
});

describe('on request', () => {
  test('an injected error answers as often as asked, for that client, with status and Retry-After', async () => {
    const error = { code: 'MP-251', times: 2, clientId: 'x5c-client', status: 429, retryAfter: 7 };
    world.digdir.injectTokenError(error);
    assert.equal((await ask({ clientId: 'kid-client', header: { alg: 'RS256', kid: 'first' } })).status, 200);
    for (const _ of [1, 2]) {
      const reply = await ask({});
      refused(reply, 'MP-251', 429);
      assert.equal(reply.headers.get('retry-after'), '7');
      assert.match(
        reply.body.error_description ?? '',
        new RegExp(`scope idporten:dcr.read to supplier ${ORGANISATION}`),
      );
    }
    assert.equal((await ask({})).status, 200);
    assert.throws(() => world.digdir.injectTokenError({ code: 'MP-999', times: 1 }), /no token error MP-999/);
  });

  test('a clock that is 15 s ahead refuses, and its tokens live as long as set', async () => {
    world.digdir.settings.clockSkew = 15_000;
    refused(await ask({}), 'MP-130');
    world.digdir.settings.clockSkew = 0;
    world.digdir.settings.tokenLifetime = 599;
    assert.equal((await ask({})).body.expires_in, 599);
    world.digdir.settings.tokenLifetime = 120;
  });

  test('a refused call is a 503 without effect; one whose reply is lost has used up the grant', async () => {
    const { calls, digdir } = world;
    const assertion = await signGrant(digdir, { clientId: 'x5c-client', certificate: accepted });
    digdir.settings.retryAfter = 3;
    calls.disturb({ before: () => 'refuse' });
    const unavailable = await requestToken(digdir, assertion);
    assert.deepEqual([unavailable.status, unavailable.headers.get('retry-after')], [503, '3']);
    calls.disturb({ after: () => 'lose-reply' });
    await assert.rejects(requestToken(digdir, assertion), /fetch failed/);
    calls.disturb();
    digdir.settings.retryAfter = undefined;
    refused(await requestToken(digdir, assertion), 'MP-012');
    const last = calls.list().at(-1);
    assert.deepEqual([last?.system, last?.method, last?.caller], ['maskinporten', 'POST /token', 'x5c-client']);
  });

  test('a registration, and a removal, reach the token endpoint after the propagation delay', async (t) => {
    let time = new Date();
    const { authority, calls, folder } = world;
    const digdir = await startDigdir({ folder: `${folder}/slow`, calls, authority, clock: () => time });
    t.after(() => digdir.close());
    digdir.settings.propagationDelay = 60_000;
    const request = async () => {
      const iat = Math.floor(time.getTime() / 1000);
      const grant = { clientId: 'new', certificate: accepted, claims: { iat, exp: iat + 100 } };
      return requestToken(digdir, await signGrant(digdir, grant));
    };
    const later = (seconds: number) => (time = new Date(time.getTime() + seconds * 1000));
    digdir.registerAdminClient({ clientId: 'new', organisation: ORGANISATION, scopes: SCOPES.split(' ') });
    refused(await request(), 'MP-100');
    later(61);
    assert.equal((await request()).status, 200);
    digdir.registerKey('new', await publicJwk(accepted, 'added'));
    assert.equal((await request()).status, 200);
    later(61);
    refused(await request(), 'unknown-kid');
    digdir.removeClient('new');
    later(61);
    refused(await request(), 'MP-100');
  });
});

test('a restart on the same folder and port knows clients, used grants and its own tokens', async (t) => {
  const { authority, calls, folder } = world;
  const first = await startDigdir({ folder: `${folder}/kept`, calls, authority });
  const scopes = ['idporten:dcr.read'];
  first.registerAdminClient({ clientId: 'kept', organisation: ORGANISATION, scopes });
  first.grantScopes('kept', ['idporten:scopes.read']);
  const assertion = await signGrant(first, { clientId: 'kept', certificate: accepted, scope: 'idporten:scopes.read' });
  const token = (await requestToken(first, assertion)).body.access_token ?? '';
  await first.close();

  const port = Number(new URL(first.selfService.base).port);
  const second = await startDigdir({ folder: `${folder}/kept`, calls, authority, port });
  t.after(() => second.close());
  assert.deepEqual(second.inspect().clients[0]?.client.scopes, [...scopes, 'idporten:scopes.read']);
  refused(await requestToken(second, assertion), 'MP-012');
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await fetch(`${second.selfService.base}/scopes`, { headers })).status, 200);
  const files = await readdir(`${folder}/kept`, { recursive: true });
  assert.ok(!files.some((file) => file.endsWith('.new')));
});

function now(): number {
  return Math.floor(Date.now() / 1000);
}

const consent = {
  type: 'urn:altinn:consent',
  id: '6d9ee7d2-7d3a-4b9e-8b0d-0f2f5e1f8a11',
  from: 'urn:altinn:person:identifier-no:12345678901',
};

function details(detail: object): Partial<Grant> {
  return { claims: { authorization_details: [detail] } };
}

async function ask(grant: Partial<Grant>): Promise<TokenReply> {
  const full = { clientId: 'x5c-client', certificate: accepted, ...grant };
  return requestToken(world.digdir, await signGrant(world.digdir, full));
}

async function publicJwk(certificate: IssuedCertificate, kid: string): Promise<PublicJwk> {
  const { n = '', e = '' } = await exportJWK(certificate.privateKey);
  return { kid, kty: 'RSA', n, e, use: 'sig', alg: 'RS256' };
}

const OUR_NAMES: Record<string, RegExp> = {
  'unknown-kid': /Unknown key identifier \(kid\)/,
  'issued-in-future': /Issue time is after now/,
  'own-consumer-org': /combination consumer_org in claim/,
};

function refused(reply: TokenReply, code: string, status = 400): void {
  const description = reply.body.error_description ?? '';
  assert.match(description, OUR_NAMES[code] ?? new RegExp(`^${code}: `));
  assert.match(description, / \(trace_id: [0-9a-f]{32}\)$/);
  assert.equal(reply.status, status);
}
