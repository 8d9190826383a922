/** What `digdir onboard` says of its documents: everything that is wrong, together. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readOrders } from '../../client/orders.ts';
import type { OrderInputs } from '../../client/orders.ts';
import { defaultPace } from '../../domain/onboarding.ts';
import { Refusal } from '../../domain/refusal.ts';

const tenantText = `
tenant: etat
environment: test
organisation: "991825827"
google: { project: etat-prod, location: europe-north1, keyRing: digdir }
platform: group:platform@etat.no
clients:
  maskinporten: { clientId: 5b0f }
  idporten: { clientId: 6c1a }
`;
const closedKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'right' })
  .toString();

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digdir-inputs-'));
  await writeFile(join(folder, 'tenant.yaml'), tenantText);
  await writeFile(join(folder, 'closed.pem'), closedKey);
  await writeFile(join(folder, 'chain.pem'), 'no certificate\n');
});
after(async () => await rm(folder, { recursive: true }));

const path = (name: string): string => join(folder, name);

const read = (inputs: Partial<OrderInputs>) =>
  readOrders({
    tenantFile: path('tenant.yaml'),
    keyFiles: {},
    chains: {},
    passphrase: async () => undefined,
    roots: [],
    requestedBy: 'kari@example.no',
    pace: defaultPace,
    now: new Date('2026-03-01T12:00:00Z'),
    ...inputs,
  });

async function codes(inputs: Partial<OrderInputs>): Promise<string[]> {
  const { orders, findings } = await read(inputs);
  assert.deepEqual(orders, []);
  return findings.map(({ code }) => code);
}

test('an --adopt file that cannot be read is named, whatever it leaves missing', async () => {
  assert.deepEqual(await codes({ adopt: path('none.yaml'), only: 'maskinporten' }), ['FILE_UNREADABLE', 'USAGE']);
});

test("one client's missing passphrase does not hide what is wrong with the other's certificate", async () => {
  const found = await codes({
    keyFiles: { maskinporten: path('closed.pem') },
    chains: { idporten: path('chain.pem') },
  });
  assert.deepEqual(found, ['PASSPHRASE_MISSING', 'CERTIFICATE_MISSING']);
});

test("nor does nothing at all for one client hide the other's key file", async () => {
  const found = await codes({ keyFiles: { idporten: path('none.p12') } });
  assert.deepEqual(found, ['USAGE', 'FILE_UNREADABLE']);
});

test('a compromised certificate is that of one client', async () => {
  const rotation = { compromised: '4F0A' };
  await assert.rejects(read({ rotation }), { code: 'USAGE' });
  const { orders } = await read({ rotation, only: 'idporten' });
  assert.equal(orders.length, 1);
});

test('when nothing else is wrong, it is a matter of usage, for all clients together', async () => {
  const usage = async (inputs: Partial<OrderInputs>): Promise<string[]> => {
    const error: unknown = await read(inputs).catch((reason: unknown) => reason);
    assert.ok(error instanceof Refusal);
    return [error.code, ...error.findings.map(({ where }) => where)];
  };
  assert.deepEqual(await usage({ only: 'idporten' }), ['USAGE', 'the idporten client']);
  assert.deepEqual(await usage({}), ['USAGE', 'the maskinporten client', 'the idporten client']);
  const closed = path('closed.pem');
  const one = await usage({ keyFiles: { maskinporten: closed }, only: 'maskinporten' });
  assert.deepEqual(one, ['PASSPHRASE_MISSING', closed]);
  assert.deepEqual(await usage({ keyFiles: { all: closed } }), ['PASSPHRASE_MISSING', closed]);
});
