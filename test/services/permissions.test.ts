import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Refusal } from '../../domain/refusal.ts';
import { createGoogleClients, type GoogleClients } from '../../services/google-clients.ts';
import { createPermissions } from '../../services/permissions.ts';
import { googleWorld, owner, type GoogleWorld } from './google-world.ts';

const limits = { timeout: 5_000 };
const secret = 'projects/local-project/secrets/chain';
const accessor = 'roles/secretmanager.secretAccessor';
const platform = 'serviceAccount:platform@local-project.iam.gserviceaccount.com';
const condition = {
  description: '',
  location: '',
  title: 'until new year',
  expression: 'request.time < timestamp("2027-01-01T00:00:00Z")',
};

let world: GoogleWorld;
let google: GoogleClients;
before(async () => {
  world = await googleWorld();
  google = await createGoogleClients({ account: owner, endpoint: world.google });
  const replication = { automatic: {} };
  await google.secrets.createSecret({ parent: 'projects/local-project', secretId: 'chain', secret: { replication } });
});
after(async () => {
  await google.close();
  await world.close();
});

const bindingsOf = () => world.google.inspect().secrets.find(({ name }) => name.endsWith('/chain'))?.bindings;

test('a grant leaves the conditions of other grants as they are, and a conditional one does not count for it', async () => {
  const conditional = { role: accessor, members: [platform], condition };
  await google.secrets.setIamPolicy({ resource: secret, policy: { version: 3, bindings: [conditional] } });
  const permissions = createPermissions(google);
  assert.deepEqual(await permissions.bindings(secret, limits), []);

  await permissions.addBindings(secret, [{ role: accessor, members: [platform] }], limits);

  assert.deepEqual(await permissions.bindings(secret, limits), [{ role: accessor, members: [platform] }]);
  assert.deepEqual(bindingsOf(), [
    { role: accessor, members: [platform], condition },
    { role: accessor, members: [platform] },
  ]);
});

test('a grant that is there already is not written again', async () => {
  const writes = world.calls.count('secret-manager', 'SetIamPolicy');
  await createPermissions(google).addBindings(secret, [{ role: accessor, members: [platform] }], limits);
  assert.equal(world.calls.count('secret-manager', 'SetIamPolicy'), writes);
});

test('a change of somebody else in between is a conflict, and loses nothing', async () => {
  const other = { role: 'roles/secretmanager.viewer', members: ['user:someone@example.org'] };
  let interfered = false;
  world.calls.disturb({
    before: async (call): Promise<'none'> => {
      if (call.method !== 'SetIamPolicy' || interfered) return 'none';
      interfered = true;
      const [policy] = await google.secrets.getIamPolicy({ resource: secret, options: { requestedPolicyVersion: 3 } });
      policy.bindings = [...(policy.bindings ?? []), other];
      await google.secrets.setIamPolicy({ resource: secret, policy });
      return 'none';
    },
  });
  const wanted = [{ role: 'roles/secretmanager.secretVersionAdder', members: [platform] }];
  const grant = createPermissions(google).addBindings(secret, wanted, limits);
  await assert.rejects(grant, (error) => error instanceof Refusal && error.code === 'STATE_CONFLICT' && error.passing);
  world.calls.disturb();

  await createPermissions(google).addBindings(secret, wanted, limits);
  const bindings = await createPermissions(google).bindings(secret, limits);
  assert.ok(bindings.some(({ role }) => role === other.role));
  assert.ok(bindings.some(({ role }) => role === wanted[0]?.role));
});
