/** What preflight refuses: its stable codes, all findings together, and nothing created. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { failureOf } from '../../domain/failures.ts';
import type { FailureCode, Finding } from '../../domain/failures.ts';
import { adminClientWorkflowId, cryptoKeyName, keyRingName, secretName } from '../../domain/names.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { CertificateShape, IssuedCertificate } from '../../local/authority/authority.ts';
import { organisation, startOnboarding } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { failed, newRequest, ownerOf, writes } from './support.ts';
import type { Failed } from './support.ts';

let world: TestWorld;
let issued: IssuedCertificate;
before(async () => {
  world = await startTestWorld();
  issued = await world.cloud.authority.issue({ organisation });
});
after(() => world.close());

const codesOf = (findings: readonly Finding[]): FailureCode[] =>
  findings.map(({ code }) => code).filter((code) => failureOf(code).failureClass !== 'notice');

/** Starts the request, which has to fail without a write, and tells how. */
async function refused(request: OnboardingRequest): Promise<Failed> {
  const written = writes(world).length;
  const failure = await failed(await startOnboarding(world, request));
  assert.equal(writes(world).length, written, 'nothing was created');
  assert.match(failure.message, /^Nothing was created\. /);
  assert.equal(failure.code, codesOf(failure.findings)[0], 'the first finding names the failure');
  return failure;
}

describe('certificates', () => {
  const expected: Partial<Record<CertificateShape, FailureCode>> = {
    expired: 'CERTIFICATE_EXPIRED',
    'not-yet-valid': 'CERTIFICATE_NOT_YET_VALID',
    'self-signed': 'CERTIFICATE_SELF_SIGNED',
    'other-authority': 'CERTIFICATE_ISSUER_UNKNOWN',
    'no-organisation': 'CERTIFICATE_ORGANISATION_ABSENT',
    'no-policy': 'CERTIFICATE_POLICY',
    'wrong-policy': 'CERTIFICATE_POLICY',
    'key-usage-absent': 'CERTIFICATE_KEY_USAGE_ABSENT',
    'key-usage-not-critical': 'CERTIFICATE_KEY_USAGE_NOT_CRITICAL',
    'extra-critical-extension': 'CERTIFICATE_CRITICAL_EXTENSION',
    'elliptic-curve': 'KEY_NOT_RSA',
    'rsa-1024': 'KEY_SIZE_UNSUPPORTED',
    production: 'CERTIFICATE_ISSUER_UNKNOWN',
  };
  for (const [shape, code] of Object.entries(expected) as [CertificateShape, FailureCode][]) {
    test(`${shape}: ${code}`, async () => {
      const { findings } = await refused(newRequest(world, await world.cloud.authority.issue({ organisation, shape })));
      assert.ok(codesOf(findings).includes(code), codesOf(findings).join());
    });
  }

  test('no chain, no certificate in it, and a chain without its intermediate', async () => {
    const { chain: _chain, ...without } = newRequest(world, issued);
    assert.deepEqual(codesOf((await refused(without)).findings), ['CERTIFICATE_MISSING']);
    const text = await refused(newRequest(world, issued, { chain: 'hello' }));
    assert.deepEqual(codesOf(text.findings), ['CERTIFICATE_MISSING']);
    const alone = await refused(newRequest(world, issued, { chain: issued.leaf }));
    assert.deepEqual(codesOf(alone.findings), ['CHAIN_INTERMEDIATE_MISSING']);
  });

  test('another organisation, another environment and a missing permission are told together', async () => {
    const { google, accounts } = world.cloud;
    const role = `projects/${google.project.id}/roles/digdir_importer`;
    google.unbind(`serviceAccount:${accounts.importer}`, role);
    const other = await world.cloud.authority.issue({ organisation: '991825827', shape: 'no-policy' });
    const { findings } = await refused(newRequest(world, other, { environment: 'test' }));
    google.bind(`serviceAccount:${accounts.importer}`, role);
    const codes = new Set(codesOf(findings));
    for (const code of [
      'INPUT_INVALID',
      'PERMISSION_MISSING',
      'CERTIFICATE_POLICY',
      'CERTIFICATE_ORGANISATION_OTHER',
    ] as const) {
      assert.ok(codes.has(code), `${code} is among ${[...codes].join()}`);
    }
  });
});

describe('permissions', () => {
  for (const worker of ['provisioner', 'importer', 'operator'] as const) {
    for (const testMissing of ['refuse', 'empty'] as const) {
      test(`the ${worker} without its role, where a missing resource is answered by: ${testMissing}`, async () => {
        const { google, accounts } = world.cloud;
        const member = `serviceAccount:${accounts[worker]}`;
        const role = `projects/${google.project.id}/roles/digdir_${worker}`;
        google.settings.testMissing = testMissing;
        google.unbind(member, role);
        const bare = await refused(newRequest(world, issued));
        google.bind(member, 'roles/cloudkms.viewer');
        const viewing = await refused(newRequest(world, issued));
        google.unbind(member, 'roles/cloudkms.viewer');
        google.bind(member, role);
        google.settings.testMissing = 'refuse';
        const isAbout = ({ code, message }: Finding) => code === 'PERMISSION_MISSING' && message.includes(member);
        assert.ok(bare.findings.filter(isAbout).length > viewing.findings.filter(isAbout).length);
        assert.ok(viewing.findings.some(isAbout), 'a smaller role does not do');
      });
    }
  }
});

describe('what is there already', () => {
  test('crypto keys that cannot take the key', async () => {
    const owner = ownerOf(world);
    const other = newRequest(world, issued);
    const location = keyRingName(other.google).replace(/\/keyRings\/.*/, '');
    await owner.kms.createKeyRing({ parent: location, keyRingId: other.google.keyRing });
    const create = (cryptoKeyId: string, cryptoKey: object) =>
      owner.kms.createCryptoKey({
        parent: keyRingName(other.google),
        cryptoKeyId,
        skipInitialVersionCreation: true,
        cryptoKey: { purpose: 'ASYMMETRIC_SIGN', importOnly: true, ...cryptoKey },
      });
    const algorithm = 'RSA_SIGN_PKCS1_2048_SHA256';
    await create('hsm', { versionTemplate: { algorithm, protectionLevel: 'HSM' } });
    await create('generating', { importOnly: false, versionTemplate: { algorithm, protectionLevel: 'SOFTWARE' } });
    await owner.close();
    for (const cryptoKey of ['hsm', 'generating']) {
      const { findings } = await refused({ ...other, client: { ...other.client, cryptoKey } });
      const [unsuitable] = findings.filter(({ code }) => code === 'CRYPTO_KEY_UNSUITABLE');
      assert.ok(
        unsuitable?.where.endsWith(cryptoKeyName(other.google, other, cryptoKey).replace(/^projects\/[^/]+/, '')),
      );
    }
  });

  test('secrets of the same name that are not ours, or are replicated otherwise', async () => {
    const owner = ownerOf(world);
    const other = newRequest(world, issued);
    const secret = { replication: { userManaged: { replicas: [{ location: 'europe-north1' }] } } };
    const name = secretName(other.google, other, 'client-id');
    const [parent = '', secretId = ''] = name.split('/secrets/');
    await owner.secrets.createSecret({ parent, secretId, secret });
    await owner.close();
    const { findings } = await refused(other);
    assert.deepEqual(codesOf(findings), ['SECRET_UNSUITABLE', 'SECRET_UNSUITABLE']);
    assert.match(findings.map(({ message }) => message).join(), /labels.*replicated in europe-north1/);
  });
});

test('metadata that cannot be reached is a finding, after it was tried again', async () => {
  world.cloud.calls.disturb({ before: ({ method }) => (method.includes('.well-known') ? 'refuse' : 'none') });
  const { findings } = await refused(newRequest(world, issued));
  world.cloud.calls.disturb();
  assert.deepEqual(codesOf(findings), ['METADATA_UNREACHABLE']);
});

describe('anything at all as the input', () => {
  const request = (): OnboardingRequest => newRequest(world, issued);
  const garbage: Record<string, () => unknown> = {
    nothing: () => undefined,
    null: () => null,
    'a text': () => 'onboard',
    'a number': () => 42,
    'an array': () => [1, 2],
    'an empty object': () => ({}),
    'texts for times': () => ({ ...request(), pace: { ...request().pace, attempt: '5' } }),
    'times beyond time': () => ({ ...request(), pace: { ...request().pace, patience: 1e300 } }),
    'an unknown field': () => ({ ...request(), endpoint: 'http://evil.example' }),
    'a policy of another shape': () => ({ ...request(), approval: { custody: 5 } }),
    'a client of another shape': () => ({ ...request(), client: [] }),
  };
  for (const [what, input] of Object.entries(garbage)) {
    test(what, async () => {
      const value = input();
      const written = writes(world).length;
      const isRequest = typeof value === 'object' && value !== null && 'tenant' in value;
      const id = isRequest ? adminClientWorkflowId(value as OnboardingRequest) : `garbage-${randomUUID()}`;
      const handle = await world.client.workflow.start('onboarding', {
        args: [value],
        taskQueue: world.prefix,
        workflowId: id,
      });
      const { code, findings } = await failed(handle);
      assert.match(code, /^(INPUT_INVALID|FIELD_(UNKNOWN|MISSING|INVALID))$/);
      assert.ok(findings.length > 0);
      assert.equal(writes(world).length, written);
    });
  }

  test('an input under the id of another is refused', async () => {
    const handle = await world.client.workflow.start('onboarding', {
      args: [request()],
      taskQueue: world.prefix,
      workflowId: `admin-client:${randomUUID()}:local:maskinporten`,
    });
    assert.equal((await failed(handle)).code, 'WORKFLOW_ID_MISMATCH');
  });
});
