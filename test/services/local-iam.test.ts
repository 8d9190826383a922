import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { account, googleWorld, location, owner, refusal, type GoogleWorld } from './google-world.ts';

const project = 'projects/local-project';
const ring = `${location}/keyRings/ring`;
const key = `${ring}/cryptoKeys/key`;
const keyImporter = 'projects/local/roles/keyImporter';

describe('the local IAM', () => {
  let world: GoogleWorld;
  let kms: ReturnType<GoogleWorld['as']>['kms'];
  let keyPolicies: ReturnType<GoogleWorld['as']>['keyPolicies'];
  let secrets: ReturnType<GoogleWorld['as']>['secrets'];

  before(async () => {
    world = await googleWorld({ roles: { [keyImporter]: ['cloudkms.cryptoKeyVersions.create'] } });
    ({ kms, keyPolicies, secrets } = world.as(owner));
    await kms.createKeyRing({ parent: location, keyRingId: 'ring', keyRing: {} });
    await kms.createCryptoKey({
      parent: ring,
      cryptoKeyId: 'key',
      cryptoKey: {
        purpose: 'ASYMMETRIC_SIGN',
        importOnly: true,
        versionTemplate: { algorithm: 'RSA_SIGN_PKCS1_2048_SHA256' },
      },
      skipInitialVersionCreation: true,
    });
    const secret = { replication: { automatic: {} } };
    await secrets.createSecret({ parent: project, secretId: 'secret', secret });
    await secrets.addSecretVersion({ parent: `${project}/secrets/secret`, payload: { data: Buffer.from('text') } });
  });
  after(() => world.close());

  const member = (name: string): string => `serviceAccount:${account(name)}`;
  const grantOnKey = async (resource: string, role: string, members: string[]) => {
    const [policy] = await keyPolicies.getIamPolicy({ resource });
    const bindings = [...(policy.bindings ?? []), { role, members }];
    await keyPolicies.setIamPolicy({ resource, policy: { ...policy, bindings } });
  };
  const held = async (name: string, resource: string, permissions: string[]) =>
    (await world.as(account(name)).keyPolicies.testIamPermissions({ resource, permissions }))[0].permissions;

  test('a call without a caller is UNAUTHENTICATED and on the ledger as anonymous', async () => {
    const nobody = world.as('').kms;
    await assert.rejects(nobody.getKeyRing({ name: ring }), refusal(16, /missing required authentication credential/));
    assert.equal(world.calls.list().at(-1)?.caller, 'anonymous');
  });

  test('a denial names the permission, as KMS and as Secret Manager word it, and hides what exists', async () => {
    const stranger = world.as(account('stranger'));
    for (const name of [key, `${key}-missing`]) {
      const sign = stranger.kms.asymmetricSign({ name: `${name}/cryptoKeyVersions/1`, digest: {} });
      const version = `${name}/cryptoKeyVersions/1`;
      const text = `Permission 'cloudkms.cryptoKeyVersions.useToSign' denied on resource '${version}' (or it may not exist).`;
      await assert.rejects(sign, { code: 7, details: text });
    }
    const version = `${project}/secrets/secret/versions/latest`;
    await assert.rejects(stranger.secrets.accessSecretVersion({ name: version }), {
      code: 7,
      details: `Permission 'secretmanager.versions.access' denied for resource '${version}' (or it may not exist).`,
    });
  });

  test('rights go down from project and ring to key, and not up', async () => {
    await grantOnKey(ring, 'roles/cloudkms.importer', [member('importer')]);
    await grantOnKey(key, keyImporter, [member('importer')]);
    const wanted = ['cloudkms.importJobs.useToImport', 'cloudkms.cryptoKeyVersions.create'];
    assert.deepEqual(await held('importer', key, wanted), wanted);
    assert.deepEqual(await held('importer', ring, wanted), wanted.slice(0, 1));
    const { projects } = world.as(account('importer'));
    const [above] = await projects.testIamPermissions({ resource: project, permissions: wanted });
    assert.deepEqual(above.permissions, []);

    world.google.bind(member('importer'), 'roles/cloudkms.viewer');
    assert.deepEqual(await held('importer', key, ['cloudkms.cryptoKeys.get']), ['cloudkms.cryptoKeys.get']);
    world.google.unbind(member('importer'), 'roles/cloudkms.viewer');
    assert.deepEqual(await held('importer', key, ['cloudkms.cryptoKeys.get']), []);
  });

  test('the predefined roles lack what Google leaves out of them', async () => {
    const lacks = {
      'roles/cloudkms.admin': ['cloudkms.cryptoKeyVersions.useToSign', 'cloudkms.cryptoKeyVersions.viewPublicKey'],
      'roles/cloudkms.importer': ['cloudkms.cryptoKeyVersions.create', 'cloudkms.cryptoKeyVersions.get'],
      'roles/cloudkms.signer': ['cloudkms.cryptoKeyVersions.viewPublicKey'],
      'roles/cloudkms.signerVerifier': ['cloudkms.cryptoKeyVersions.get', 'cloudkms.cryptoKeyVersions.update'],
      'roles/cloudkms.viewer': ['cloudkms.cryptoKeyVersions.viewPublicKey'],
      'roles/secretmanager.secretVersionAdder': ['secretmanager.versions.access', 'secretmanager.versions.list'],
      'roles/secretmanager.secretVersionManager': ['secretmanager.versions.access', 'secretmanager.secrets.get'],
      'roles/editor': ['cloudkms.cryptoKeyVersions.useToSign', 'secretmanager.versions.access'],
    };
    const { projects } = world.as(account('role'));
    for (const [role, permissions] of Object.entries(lacks)) {
      world.google.bind(member('role'), role);
      const [answer] = await projects.testIamPermissions({ resource: project, permissions });
      assert.deepEqual(answer.permissions, [], role);
      const [project1] = await projects.getProject({ name: project });
      assert.equal(project1.projectId, 'local-project');
      world.google.unbind(member('role'), role);
    }
    await assert.rejects(projects.getProject({ name: project }), refusal(7, /resourcemanager\.projects\.get/));
  });

  test('a policy is replaced only under its own etag', async () => {
    const [one] = await keyPolicies.getIamPolicy({ resource: key });
    const [two] = await keyPolicies.getIamPolicy({ resource: key });
    const role = 'roles/cloudkms.signerVerifier';
    const withMember = (policy: typeof one, name: string) => ({
      resource: key,
      policy: { ...policy, bindings: [...(policy.bindings ?? []), { role, members: [member(name)] }] },
    });
    await keyPolicies.setIamPolicy(withMember(one, 'platform'));
    await assert.rejects(keyPolicies.setIamPolicy(withMember(two, 'other')), refusal(10, /concurrent policy changes/));
    const [now] = await keyPolicies.getIamPolicy({ resource: key });
    const binding = now.bindings?.find((candidate) => candidate.role === role);
    assert.deepEqual(binding?.members, [member('platform')]);
  });

  test('roles that do not exist, members of a wrong type and strange permissions are INVALID_ARGUMENT', async () => {
    const set = (role: string, who: string) =>
      keyPolicies.setIamPolicy({ resource: ring, policy: { bindings: [{ role, members: [who] }] } });
    await assert.rejects(set('roles/cloudkms.nobody', member('a')), refusal(3, /not supported for this resource/));
    await assert.rejects(
      set('roles/cloudkms.signer', `user:${account('a')}`),
      refusal(3, /type of the member must match/),
    );
    await assert.rejects(set('roles/cloudkms.signer', 'a@b.no'), refusal(3, /not supported/));
    await assert.rejects(held('a', key, ['cloudkms.keys.sign']), refusal(3, /is not valid for this resource/));
    await assert.rejects(held('a', key, ['secretmanager.secrets.get']), refusal(3, /is not valid for this resource/));
  });

  test('a grant takes effect after the delay, a revocation at once', async () => {
    world.google.settings.iamDelay = 120_000;
    const resource = `${project}/secrets/secret`;
    const [policy] = await secrets.getIamPolicy({ resource });
    const bindings = [{ role: 'roles/secretmanager.secretAccessor', members: [member('reader')] }];
    const [granted] = await secrets.setIamPolicy({ resource, policy: { ...policy, bindings } });
    world.google.settings.iamDelay = 0;
    const reader = world.as(account('reader')).secrets;
    const read = () => reader.accessSecretVersion({ name: `${resource}/versions/1` });
    world.advance(119_999);
    await assert.rejects(read(), refusal(7, /versions\.access/));
    world.advance(1);
    await read();
    await secrets.setIamPolicy({ resource, policy: { ...granted, bindings: [] } });
    await assert.rejects(read(), refusal(7, /versions\.access/));
  });

  test('a test on what does not exist is refused, or answers with an empty set, as the setting says', async () => {
    const resource = `${ring}/cryptoKeys/missing`;
    const permissions = ['cloudkms.cryptoKeys.get'];
    await assert.rejects(keyPolicies.testIamPermissions({ resource, permissions }), refusal(5, /not found/));
    await assert.rejects(held('stranger', resource, permissions), refusal(7, /or it may not exist/));
    world.google.settings.testMissing = 'empty';
    assert.deepEqual((await keyPolicies.testIamPermissions({ resource, permissions }))[0].permissions, []);
    assert.deepEqual(await held('stranger', resource, permissions), []);
  });
});
