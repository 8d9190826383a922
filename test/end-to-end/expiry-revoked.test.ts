/** `digdir expiry` while a compromised key waits for its successor: the certificate is not called valid. */
import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { ExpiringItem } from '../../domain/inventory.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { decide, onboard, organisation, register, submitKey } from '../onboarding.ts';
import { rotationOf, startRotation } from '../rotation.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newOnboarded, newRequest } from '../workflows/support.ts';
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

/** Registers the certificate's key for a year beside those that the client has. */
function registerKey(clientId: string, kid: string, { leaf }: IssuedCertificate): void {
  const { n = '', e = '' } = createPublicKey(leaf).export({ format: 'jwk' });
  const exp = Math.floor(Date.now() / 1000) + 365 * 86_400;
  world.cloud.digdir.registerKey(clientId, { kid, kty: 'RSA', n, e, use: 'sig', alg: 'RS256', exp });
}

test('after the rotation its registered key is revoked, until Digdir has removed it', async () => {
  const [next, last] = [
    await world.cloud.authority.issue({ organisation }),
    await world.cloud.authority.issue({ organisation }),
  ];
  const request = await newOnboarded(world, issued, { client: { assertion: 'kid', kid: 'of-2025' } }, 'of-2025');
  const { clientId } = request.client;
  registerKey(clientId, 'of-2026', next);
  registerKey(clientId, 'of-2027', last);
  const rotate = async (to: IssuedCertificate, kid: string, compromised?: string) => {
    const rotation = rotationOf(request, to, compromised === undefined ? {} : { compromised });
    const handle = await startRotation(world, rotation);
    await submitKey(world, handle, to);
    await decide(handle, { kid });
    assert.equal((await handle.result()).outcome, 'rotated');
  };
  await rotate(next, 'of-2026');
  await rotate(last, 'of-2027', new X509Certificate(next.leaf).serialNumber);

  const own = await createDesk(world, request);
  await own.tenantFile({});
  const { code, stdout, stderr } = await own.digdir('expiry', '-f', 'tenant.yaml', '--json');
  const { items } = JSON.parse(stdout) as { readonly items: readonly ExpiringItem[] };
  const states = items.filter(({ kind }) => kind === 'admin-key').map(({ what, state }) => `${state} ${what}`);
  const of = 'of the maskinporten admin client';
  assert.deepEqual(
    states.toSorted(),
    [
      `replaced key of-2025 ${of}`,
      `revoked key of-2026 ${of}, whose key is compromised and out of use`,
      `valid key of-2027 ${of}`,
    ],
    stderr,
  );
  assert.equal(code, 8);
});
