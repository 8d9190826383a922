/** The demo leaves nothing of its private keys in Temporal's database, in the logs, or in what it prints. */
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { readKeyFile } from '../../client/key-file.ts';
import { describeFinds, scanPlaces, scanWorld } from '../key-scan/places.ts';
import { secretsOfKey } from '../key-scan/secrets.ts';
import type { Secret } from '../key-scan/secrets.ts';
import { createPlace, exportedBy } from './command.ts';
import type { Place } from './command.ts';

let place: Place;
before(async () => {
  place = await createPlace();
});
after(() => place.remove());

test('no part of a private key is found after the demo', async () => {
  const demo = place.run(['demo', '--keep']);
  const guide = await demo.said('stderr', /Ctrl-C ends the world/);
  const { DIGDIR_CERTIFICATE_ROOTS: roots = '' } = await exportedBy(/^ {2}\. '(.+)'$/m.exec(guide)?.[1] ?? '');
  const world = dirname(dirname(roots));
  const tenant = join(world, 'tenant');
  const secrets = [...(await secretsOf(tenant, 'maskinporten')), ...(await secretsOf(tenant, 'idporten'))];
  assert.equal(secrets.length, 12);
  const inWorld = await scanWorld(world, secrets);
  demo.interrupt();
  const { code, stdout, stderr } = await demo.ended;
  assert.equal(code, 0, stderr);

  assert.deepEqual(describeFinds(inWorld), []);
  assert.deepEqual(describeFinds(await scanPlaces({ outputs: { stdout, stderr } }, secrets)), []);
});

async function secretsOf(tenant: string, kind: 'maskinporten' | 'idporten'): Promise<Secret[]> {
  const where = join(tenant, kind, 'pkcs12-openssl.p12');
  const passphrase = Buffer.from((await readFile(join(tenant, 'passphrase'), 'utf8')).trim());
  const { key } = readKeyFile({ bytes: await readFile(where), passphrase, where });
  assert.ok(key);
  return secretsOfKey(createPrivateKey({ key: key.pkcs8, format: 'der', type: 'pkcs8' }));
}
