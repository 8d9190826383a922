/** The admin client's key is out of use: what needs it is refused at once, and says how a new one comes. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { ask, endOf } from '../../client/provision.ts';
import type { Asked } from '../../client/provision.ts';
import { cryptoKeyName } from '../../domain/names.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import type { Operation, OperationEnd } from '../../domain/provisioning.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { awaited, onboard, organisation, quickPace, register, requestFor } from '../onboarding.ts';
import { adminScopes, apply, clientName, provision, requestOf, specOf } from '../provisioning.ts';
import { rotationOf, startRotation } from '../rotation.ts';
import type { Policies } from '../services/google-world.ts';
import { startTestWorld } from '../world.ts';
import type { WorldWithWorker } from '../world.ts';
import { ownerOf } from './support.ts';

let world: WorldWithWorker;
let issued: IssuedCertificate;
let admin: OnboardingRequest;
let client: OAuthClientName;
before(async () => {
  world = await startTestWorld();
  issued = await world.cloud.authority.issue({ organisation });
  admin = requestFor(world, issued, { kind: 'idporten', client: { scopes: adminScopes.idporten } });
  register(world.cloud, admin);
  await onboard(world, admin, issued);
  client = clientName(world);
  await apply(world, client);
  // A token that was taken before lives on: a worker that has just begun has none.
  await world.restartWorker();
});
after(() => world.close());

const serial = (): string => new X509Certificate(issued.leaf).serialNumber;
const declared = (): Operation => ({ kind: 'apply', spec: specOf(client.name) });

/** Long enough for a refusal that is tried again to outlast the test. */
const { submission: _submission, ...quick } = quickPace;
const pace = { ...quick, propagation: 3_600, patience: 7_200 };

const asked = async (operation: Operation): Promise<Asked> =>
  await ask(world.client, world.prefix, requestOf(world, client, operation, { pace }));

function assertOutOfUse({ outcome, code, message }: OperationEnd, command: string): void {
  assert.deepEqual([outcome, code], ['refused', 'ADMIN_KEY_OUT_OF_USE'], message);
  assert.match(message, /idporten admin client, whose key/);
  assert.ok(message.includes(command), message);
}

const rotating = 'digdir rotate-certificate -f TENANT_FILE --client idporten';

/** Once an attempt was refused that is tried again. */
async function refusedOnce({ handle }: Asked): Promise<void> {
  for (;;) {
    const { raw } = await handle.describe();
    if (raw.pendingActivities?.some(({ lastFailure }) => lastFailure)) return;
  }
}

test('a version that somebody disabled is named, and how it comes back', async () => {
  const owner = ownerOf(world);
  const name = `${cryptoKeyName(admin.google, admin)}/cryptoKeyVersions/1`;
  const setState = async (state: 'ENABLED' | 'DISABLED') =>
    await owner.kms.updateCryptoKeyVersion({ cryptoKeyVersion: { name, state }, updateMask: { paths: ['state'] } });
  await setState('DISABLED');
  const end = await provision(world, client, declared());
  assertOutOfUse(end, `enable the key version, if it was disabled by mistake, or ${rotating} --key-file FILE`);
  assert.ok(end.message.includes(name.slice(name.indexOf('/locations/'))), end.message);
  await setState('ENABLED');
  await owner.close();
});

test('a denial is tried again until the key turns out to be revoked; then who waits behind is refused too', async () => {
  const [operator, role] = [`serviceAccount:${world.cloud.accounts.operator}`, 'roles/cloudkms.signerVerifier'];
  const owner = ownerOf(world);
  const resource = cryptoKeyName(admin.google, admin);
  const policies = owner.kms as unknown as Policies;
  const [policy] = await policies.getIamPolicy({ resource });
  const bindings = (policy.bindings ?? []).map((binding) =>
    binding.role === role ? { ...binding, members: binding.members?.filter((one) => one !== operator) ?? [] } : binding,
  );
  await policies.setIamPolicy({ resource, policy: Object.assign(policy, { bindings }) });
  await owner.close();
  const first = await asked(declared());
  await refusedOnce(first);
  const second = await asked({ kind: 'rotate-key' });
  assert.equal(second.runId, first.runId);

  const { chain: _chain, ...rest } = rotationOf(admin, issued, { compromised: serial() });
  await awaited(await startRotation(world, rest), 'certificate');
  for (const one of [first, second]) {
    assertOutOfUse(await endOf(one), `${rotating} --compromised ${serial()} --key-file FILE`);
  }
});

test('from then on everything is refused at once, with two looks at the key and no more', async () => {
  const before = world.cloud.calls.list().length;
  const end = await endOf(await asked({ kind: 'rotate-key' }));
  assertOutOfUse(end, `${rotating} --compromised ${serial()} --key-file FILE`);
  const kms = world.cloud.calls
    .list()
    .slice(before)
    .filter(({ system }) => system === 'kms');
  assert.deepEqual(kms.map(({ method }) => method).sort(), ['AsymmetricSign', 'GetCryptoKey', 'GetCryptoKeyVersion']);
});

test('where the operator may not look at the key, the denial is the answer once it had its time', async () => {
  const operator = `serviceAccount:${world.cloud.accounts.operator}`;
  const role = `projects/${world.cloud.google.project.id}/roles/digdir_operator`;
  world.cloud.google.unbind(operator, role);
  const request = requestOf(world, client, declared(), { pace: { ...pace, propagation: 1 } });
  const end = await endOf(await ask(world.client, world.prefix, request));
  assert.deepEqual([end.outcome, end.code], ['refused', 'GOOGLE_DENIED'], end.message);
  assert.match(end.message, /useToSign/);
});
