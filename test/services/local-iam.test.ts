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
    world = await googleWorld({
      roles: {
        [keyImporter]: ['cloudkms.cryptoKeyVersions.create'],
        'projects/local/roles/clients': [
          'secretmanager.secrets.create',
          'secretmanager.secrets.list',
          'secretmanager.secrets.update',
          'secretmanager.versions.access',
          'secretmanager.versions.add',
          'secretmanager.versions.destroy',
          'secretmanager.versions.list',
        ],
      },
    });
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

  describe('under a condition on the resource name', () => {
    const clients = 'projects/local/roles/clients';
    const begins = (id: string): string =>
      `resource.name.startsWith("projects/${world.google.project.number}/secrets/${id}")`;
    const bind = (name: string, expression: string): void =>
      world.google.bind(member(name), clients, { expression, title: expression.slice(0, 20) });
    const unbind = (name: string): void => world.google.unbind(member(name), clients);
    const secretCalls = (name: string, id: string) => {
      const { secrets: own } = world.as(account(name));
      const secretName = `${project}/secrets/${id}`;
      return {
        access: () => own.accessSecretVersion({ name: `${secretName}/versions/1` }),
        latest: () => own.accessSecretVersion({ name: `${secretName}/versions/latest` }),
        add: () => own.addSecretVersion({ parent: secretName, payload: { data: Buffer.from('more') } }),
        update: () => own.updateSecret({ secret: { name: secretName, labels: {} }, updateMask: { paths: ['labels'] } }),
        destroy: () => own.destroySecretVersion({ name: `${secretName}/versions/1` }),
        list: () => own.listSecretVersions({ parent: secretName }),
      };
    };
    const heldOn = async (name: string, id: string) => {
      const permissions = ['secretmanager.versions.access', 'secretmanager.secrets.update'];
      const resource = `${project}/secrets/${id}`;
      return (await world.as(account(name)).secrets.testIamPermissions({ resource, permissions }))[0].permissions;
    };

    before(async () => {
      for (const secretId of ['own_a', 'own_b', 'other_a', 'not-own_a']) {
        await secrets.createSecret({ parent: project, secretId, secret: { replication: { automatic: {} } } });
        await secrets.addSecretVersion({
          parent: `${project}/secrets/${secretId}`,
          payload: { data: Buffer.from('1') },
        });
      }
    });

    test('the role holds for secrets whose name begins so, and their versions, and for no other', async () => {
      bind('one', begins('own_'));
      for (const id of ['own_a', 'own_b']) {
        for (const call of Object.values(secretCalls('one', id))) await call();
        assert.deepEqual(await heldOn('one', id), ['secretmanager.versions.access', 'secretmanager.secrets.update']);
      }
      for (const id of ['other_a', 'not-own_a', 'secret']) {
        for (const call of Object.values(secretCalls('one', id))) await assert.rejects(call(), refusal(7, /denied/));
        assert.deepEqual(await heldOn('one', id), []);
      }
    });

    test('it holds for nothing that is asked of the project, as making or listing secrets', async () => {
      bind('two', begins('own_'));
      const { secrets: own, projects } = world.as(account('two'));
      const secret = { replication: { automatic: {} } };
      const create = own.createSecret({ parent: project, secretId: 'own_c', secret });
      await assert.rejects(create, refusal(7, /secrets\.create/));
      await assert.rejects(own.listSecrets({ parent: project }), refusal(7, /secrets\.list/));
      const permissions = ['secretmanager.secrets.create', 'secretmanager.versions.access'];
      const [answer] = await projects.testIamPermissions({ resource: project, permissions });
      assert.deepEqual(answer.permissions, []);
    });

    test('one of several beginnings is enough', async () => {
      bind('three', `${begins('own_b')} || ${begins('other_')}`);
      await secretCalls('three', 'other_a').add();
      await secretCalls('three', 'own_b').add();
      await assert.rejects(secretCalls('three', 'own_a').add(), refusal(7, /versions\.add/));
    });

    test('a condition of any other form lets nobody do anything', async () => {
      const others = [
        '',
        'true',
        'resource.name.startsWith("projects/local-project/secrets/own_")',
        begins('own_').replace('startsWith', 'endsWith'),
        `!${begins('own_')}`,
        `${begins('own_')} && request.time < timestamp("2030-01-01T00:00:00Z")`,
        `${begins('own_')} || true`,
        `${begins('own_')} || ${begins('own_').replace('name', 'type')}`,
        `${begins('own_')} ||`,
        `resource.type == "secretmanager.googleapis.com/Secret"`,
      ];
      for (const expression of others) {
        bind('four', expression);
        await assert.rejects(secretCalls('four', 'own_b').latest(), refusal(7, /denied/), expression);
        assert.deepEqual(await heldOn('four', 'own_b'), [], expression);
        unbind('four');
      }
    });

    test('the condition stays with its grant when others come and go, and a reader of version 3 sees it', async () => {
      bind('five', begins('own_b'));
      world.google.bind(member('six'), 'roles/secretmanager.viewer');
      world.google.unbind(member('six'), 'roles/secretmanager.viewer');
      await secretCalls('five', 'own_b').latest();
      await assert.rejects(secretCalls('five', 'other_a').latest(), refusal(7, /denied/));

      const { projects } = world.as(owner);
      const options = { requestedPolicyVersion: 3 };
      const [policy] = await projects.getIamPolicy({ resource: project, options });
      const [plain] = await projects.getIamPolicy({ resource: project });
      const seen = policy.bindings?.find(({ members }) => members?.includes(member('five')));
      assert.equal(seen?.condition?.expression, begins('own_b'));
      assert.equal(plain.version, 1);
      const unseen = plain.bindings?.find(({ members }) => members?.includes(member('five')));
      assert.match(unseen?.role ?? '', /^projects\/local\/roles\/clients_withcond_[0-9a-f]{20}$/);

      // What was read is written back: the same grants, in effect since when they were.
      world.google.settings.iamDelay = 120_000;
      await projects.setIamPolicy({ resource: project, policy });
      world.google.settings.iamDelay = 0;
      await secretCalls('five', 'own_b').latest();
      unbind('five');
      await assert.rejects(secretCalls('five', 'own_b').latest(), refusal(7, /denied/));
    });
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
