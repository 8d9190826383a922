/** `digdir expiry` while a compromised key waits for its successor: the certificate is not called valid. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { ExpiringItem } from '../../domain/inventory.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { onboard, organisation, register } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newRequest } from '../workflows/support.ts';
import { createDesk } from './desk.ts';
import type { Desk } from './desk.ts';

let world: TestWorld;
let issued: IssuedCertificate;
let desk: Desk;
before(async () => {
  world = await startTestWorld();
  issued = await world.cloud.authority.issue({ organisation });
  const request = newRequest(world, issued);
  register(world.cloud, request);
  await onboard(world, request, issued);
  desk = await createDesk(world, request);
  await desk.tenantFile({});
});
after(() => world.close());

test('it is revoked and overdue, what to do is said, and Digdir is not asked with its key', async () => {
  const serial = new X509Certificate(issued.leaf).serialNumber;
  const words = ['--client', 'maskinporten', '--compromised', serial, '--no-wait'];
  const rotation = await desk.digdir('rotate-certificate', '-f', 'tenant.yaml', ...words);
  assert.equal(rotation.code, 4, rotation.stderr);

  const status = await desk.digdir('status', '-f', 'tenant.yaml');
  const handIn = `--client maskinporten --compromised ${serial} --key-file FILE`;
  assert.match(status.stdout, new RegExp(`digdir rotate-certificate -f \\S+/tenant\\.yaml ${handIn}$`, 'm'));

  const { code, stdout, stderr } = await desk.digdir('expiry', '-f', 'tenant.yaml', '--json');
  assert.equal(code, 8, stderr);
  const { items, tenants, unseen } = JSON.parse(stdout) as {
    readonly items: readonly ExpiringItem[];
    readonly unseen: number;
    readonly tenants: readonly { readonly findings: readonly { readonly code: string; readonly message: string }[] }[];
  };
  assert.deepEqual(
    items.map(({ kind, state }) => [kind, state]),
    [['certificate', 'revoked']],
  );
  const command = `--client maskinporten --compromised ${serial} --key-file FILE`;
  assert.match(items[0]?.remedy ?? '', new RegExp(`^digdir rotate-certificate -f \\S+/tenant\\.yaml ${command}, `));
  assert.equal(unseen, 1);
  const [finding] = tenants[0]?.findings ?? [];
  assert.equal(finding?.code, 'EXPIRY_UNSEEN');
  assert.match(finding?.message ?? '', /key of the maskinporten admin client is out of use/);
  assert.doesNotMatch(stderr, /GOOGLE_DENIED/);
});
