import type { GoogleError } from 'google-gax';
import assert from 'node:assert/strict';
import {
  constants,
  createCipheriv,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
  verify,
  type KeyObject,
} from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { crc32c } from '../../local/grpc/crc32c.ts';
import { googleWorld, location, owner, refusal, type GoogleWorld } from './google-world.ts';

type Clients = ReturnType<GoogleWorld['as']>;

const ring = `${location}/keyRings/ring`;
const day = 24 * 60 * 60 * 1000;
const updateMask = { paths: ['state'] };
const pkcs1 = { algorithm: 'RSA_SIGN_PKCS1_2048_SHA256' } as const;

const rsa = (modulusLength: number): KeyObject => generateKeyPairSync('rsa', { modulusLength }).privateKey;
const der = (key: KeyObject, type: 'pkcs8' | 'pkcs1' = 'pkcs8'): Buffer => key.export({ type, format: 'der' });

/** What a caller does: `RSAES-OAEP(aes) ‖ AES-KWP(aes, material)`. */
function wrap(material: Buffer, pem: string, oaepHash = 'sha256'): Buffer {
  const aes = randomBytes(32);
  const cipher = createCipheriv('id-aes256-wrap-pad', aes, Buffer.from('A65959A6', 'hex'));
  const wrappedAes = publicEncrypt({ key: pem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, aes);
  return Buffer.concat([wrappedAes, cipher.update(material), cipher.final()]);
}

describe('the local KMS', () => {
  const first = rsa(2048);
  let world: GoogleWorld;
  let kms: Clients['kms'];
  let wrappingKey: string;

  before(async () => {
    world = await googleWorld();
    kms = world.as(owner).kms;
    await kms.createKeyRing({ parent: location, keyRingId: 'ring', keyRing: {} });
    wrappingKey = await activeJob('job');
  });
  after(() => world.close());

  async function activeJob(importJobId: string, importJob: object = {}): Promise<string> {
    await kms.createImportJob({
      parent: ring,
      importJobId,
      importJob: { importMethod: 'RSA_OAEP_3072_SHA256_AES_256', protectionLevel: 'SOFTWARE', ...importJob },
    });
    world.advance(50);
    const [job] = await kms.getImportJob({ name: `${ring}/importJobs/${importJobId}` });
    return job.publicKey?.pem ?? '';
  }

  async function importOnlyKey(cryptoKeyId: string, versionTemplate: object = pkcs1): Promise<string> {
    const cryptoKey = { purpose: 'ASYMMETRIC_SIGN', importOnly: true, versionTemplate } as const;
    await kms.createCryptoKey({ parent: ring, cryptoKeyId, cryptoKey, skipInitialVersionCreation: true });
    return `${ring}/cryptoKeys/${cryptoKeyId}`;
  }

  async function imported(parent: string, wrappedKey: Buffer, more: object = {}) {
    const importJob = `${ring}/importJobs/job`;
    const [pending] = await kms.importCryptoKeyVersion({ parent, importJob, ...pkcs1, wrappedKey, ...more });
    assert.equal(pending.state, 'PENDING_IMPORT');
    world.advance(50);
    const [version] = await kms.getCryptoKeyVersion({ name: pending.name });
    return { name: version.name ?? '', state: version.state, reason: version.importFailureReason, version };
  }

  const state = async (name: string) => (await kms.getCryptoKeyVersion({ name }))[0].state;

  function digestOf(message: string) {
    const sha256 = createHash('sha256').update(message).digest();
    return { digest: { sha256 }, digestCrc32c: { value: crc32c(sha256) } };
  }

  test('the checksum is CRC-32C', () => assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283));

  test('names carry the project number, and a second create of each kind is ALREADY_EXISTS', async () => {
    const key = await importOnlyKey('twice');
    const [found] = await kms.getCryptoKey({ name: key });
    assert.equal(found.name, key.replace('local-project', world.google.project.number));
    assert.equal(found.destroyScheduledDuration?.seconds, String(30 * 24 * 60 * 60));
    await assert.rejects(importOnlyKey('twice'), refusal(6, /CryptoKey .* already exists/));
    await assert.rejects(activeJob('job'), refusal(6, /ImportJob .* already exists/));
    const again = kms.createKeyRing({ parent: location, keyRingId: 'ring', keyRing: {} });
    await assert.rejects(again, refusal(6, /KeyRing .* already exists/));
  });

  test('an import job is pending without a key, then active, and expires after three days', async () => {
    const later = await googleWorld({ settings: { jobDelay: 1000 } });
    const { kms: others } = later.as(owner);
    await others.createKeyRing({ parent: location, keyRingId: 'ring', keyRing: {} });
    const importJob = { importMethod: 'RSA_OAEP_3072_SHA1_AES_256', protectionLevel: 'SOFTWARE' } as const;
    const [created] = await others.createImportJob({ parent: ring, importJobId: 'old', importJob });
    assert.deepEqual([created.state, created.publicKey], ['PENDING_GENERATION', null]);
    later.advance(1000);
    const [active] = await others.getImportJob({ name: created.name });
    assert.equal(active.state, 'ACTIVE');
    assert.equal(createPublicKey(active.publicKey?.pem ?? '').asymmetricKeyDetails?.modulusLength, 3072);
    later.advance(3 * day);
    const [expired] = await others.getImportJob({ name: created.name });
    assert.deepEqual([expired.state, expired.publicKey], ['EXPIRED', null]);
    await later.close();
  });

  test('an imported key signs what its public key verifies, with checksums both ways', async () => {
    const { name, state: ready, version } = await imported(await importOnlyKey('signs'), wrap(der(first), wrappingKey));
    assert.equal(ready, 'ENABLED');
    assert.match(version.importJob ?? '', /\/importJobs\/job$/);

    const [published] = await kms.getPublicKey({ name });
    assert.ok(createPublicKey(published.pem ?? '').equals(createPublicKey(first)));
    assert.equal(Number(published.pemCrc32c?.value), crc32c(Buffer.from(published.pem ?? '')));

    const [signed] = await kms.asymmetricSign({ name, ...digestOf('message') });
    const signature = Buffer.from(signed.signature ?? '');
    assert.ok(verify('sha256', Buffer.from('message'), createPublicKey(first), signature));
    assert.equal(Number(signed.signatureCrc32c?.value), crc32c(signature));
    assert.deepEqual([signed.verifiedDigestCrc32c, signed.name], [true, name]);

    const [calls, aside] = [
      world.calls.count(),
      await world.google.aside('AsymmetricSign', { name, ...digestOf('message') }, owner),
    ];
    assert.deepEqual(Buffer.from((aside as { signature: Buffer }).signature), signature);
    const stranger = world.google.aside('AsymmetricSign', { name, ...digestOf('message') }, 'stranger@example.no');
    await assert.rejects(stranger, /Permission 'cloudkms.cryptoKeyVersions.useToSign' denied/);
    assert.equal(world.calls.count(), calls, 'what is done aside is not in the ledger');

    const corrupt = kms.asymmetricSign({ name, ...digestOf('message'), digestCrc32c: { value: 1 } });
    await assert.rejects(corrupt, refusal(3, /The checksum in field .* did not match the data in field .*\./));
    const wrongHash = kms.asymmetricSign({ name, digest: { sha512: Buffer.alloc(64) } });
    await assert.rejects(wrongHash, refusal(3, /must be sha256 with 32 bytes/));
  });

  test('PSS signs with a salt as long as the digest', async () => {
    const algorithm = 'RSA_SIGN_PSS_2048_SHA256';
    const key = await importOnlyKey('pss', { algorithm });
    const { name } = await imported(key, wrap(der(first), wrappingKey), { algorithm });
    const [signed] = await kms.asymmetricSign({ name, ...digestOf('message') });
    const pss = { key: createPublicKey(first), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    assert.ok(verify('sha256', Buffer.from('message'), pss, Buffer.from(signed.signature ?? '')));
  });

  test('what cannot be unwrapped or has another form fails later, with the documented reason', async () => {
    const key = await importOnlyKey('fails');
    const unreadable = /couldn't be unwrapped or wasn't formatted correctly/;
    const other = generateKeyPairSync('rsa', { modulusLength: 3072 });
    const otherPem = other.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const tampered = wrap(der(first), wrappingKey);
    tampered[500] = (tampered[500] ?? 0) ^ 1;
    const cases: [string, Buffer, RegExp][] = [
      ['PKCS#1', wrap(der(first, 'pkcs1'), wrappingKey), unreadable],
      ['PEM', wrap(Buffer.from(first.export({ type: 'pkcs8', format: 'pem' })), wrappingKey), unreadable],
      ['wrapped for another job', wrap(der(first), otherPem), unreadable],
      ['OAEP with SHA-1', wrap(der(first), wrappingKey, 'sha1'), unreadable],
      ['one bit changed', tampered, unreadable],
      ['a key of another size', wrap(der(other.privateKey), wrappingKey), /argument .* was malformed/],
    ];
    for (const [what, wrapped, reason] of cases) {
      const result = await imported(key, wrapped);
      assert.equal(result.state, 'IMPORT_FAILED', what);
      assert.match(result.reason ?? '', reason, what);
      const enable = { cryptoKeyVersion: { name: result.name, state: 'ENABLED' as const }, updateMask };
      await assert.rejects(kms.updateCryptoKeyVersion(enable), refusal(9, /IMPORT_FAILED/));
      await assert.rejects(kms.getPublicKey({ name: result.name }), refusal(9, /IMPORT_FAILED/));
    }
  });

  test('a length that no wrapped key has is refused at once, and makes no version', async () => {
    const parent = await importOnlyKey('lengths');
    const good = wrap(der(first), wrappingKey);
    for (const [wrapped, text] of [
      [good.subarray(0, 390), /Wrapped key is too short/],
      [good.subarray(0, -1), /does not consist of 64-bit blocks/],
      [good.subarray(0, 664), /Wrapped RSA key has invalid length of 664/],
    ] as const) {
      await assert.rejects(imported(parent, wrapped), refusal(3, text));
    }
    assert.deepEqual((await kms.listCryptoKeyVersions({ parent }))[0], []);
  });

  test('job and key must fit each other, and the job must be usable', async () => {
    const key = await importOnlyKey('fits');
    const wrapped = wrap(der(first), wrappingKey);
    await activeJob('hsm', { protectionLevel: 'HSM' });
    await assert.rejects(
      imported(key, wrapped, { importJob: `${ring}/importJobs/hsm` }),
      refusal(3, /protection level/),
    );
    await activeJob('direct', { importMethod: 'RSA_OAEP_3072_SHA256' });
    const direct = imported(key, wrapped, { importJob: `${ring}/importJobs/direct` });
    await assert.rejects(direct, refusal(3, /cannot be used to wrap RSA keys/));
    await assert.rejects(
      imported(key, wrapped, { importJob: `${ring}/importJobs/no` }),
      refusal(5, /ImportJob .* not found/),
    );
    await assert.rejects(imported(key, wrapped, { algorithm: 'HMAC_SHA256' }), refusal(3, /not valid for the purpose/));
    await assert.rejects(imported(key, wrapped, { rsaAesWrappedKey: wrapped }), refusal(3, /Exactly one of/));
  });

  test('import is not idempotent, and a version is disabled, scheduled for destruction and restored', async () => {
    const key = await importOnlyKey('states');
    const { name } = await imported(key, wrap(der(first), wrappingKey));
    const { name: second } = await imported(key, wrap(der(first), wrappingKey));
    assert.match(second, /cryptoKeyVersions\/2$/);

    const set = (to: 'ENABLED' | 'DISABLED') =>
      kms.updateCryptoKeyVersion({ cryptoKeyVersion: { name, state: to }, updateMask });
    await set('DISABLED');
    const description = `${name} is not enabled, current state is: DISABLED.`;
    const violation = { type: 'KEY_DISABLED', subject: name, description };
    await assert.rejects(
      kms.asymmetricSign({ name, ...digestOf('m') }),
      (error: GoogleError & { details?: string }) => {
        assert.deepEqual([error.code, error.details], [9, description]);
        assert.deepEqual(JSON.parse(JSON.stringify(error.statusDetails)), [{ violations: [violation] }]);
        return true;
      },
    );
    await set('ENABLED');
    await kms.destroyCryptoKeyVersion({ name });
    assert.equal(await state(name), 'DESTROY_SCHEDULED');
    await assert.rejects(set('ENABLED'), refusal(9, /DESTROY_SCHEDULED/));
    await kms.restoreCryptoKeyVersion({ name });
    assert.equal(await state(name), 'DISABLED');
  });

  test('a destroyed version takes only its own material again', async () => {
    const shortLived = await googleWorld();
    const { kms: others } = shortLived.as(owner);
    await others.createKeyRing({ parent: location, keyRingId: 'ring', keyRing: {} });
    const importJob = { importMethod: 'RSA_OAEP_3072_SHA256_AES_256', protectionLevel: 'SOFTWARE' } as const;
    const cryptoKey = { purpose: 'ASYMMETRIC_SIGN', importOnly: true, versionTemplate: pkcs1 } as const;
    const [key] = await others.createCryptoKey({
      parent: ring,
      cryptoKeyId: 'k',
      cryptoKey: { ...cryptoKey, destroyScheduledDuration: { seconds: day / 1000 } },
      skipInitialVersionCreation: true,
    });
    const [job] = await others.createImportJob({ parent: ring, importJobId: 'j', importJob });
    shortLived.advance(50);
    const pem = (await others.getImportJob({ name: job.name }))[0].publicKey?.pem ?? '';
    const send = async (material: KeyObject, cryptoKeyVersion?: string) => {
      const request = { parent: key.name, importJob: job.name, ...pkcs1, wrappedKey: wrap(der(material), pem) };
      const [version] = await others.importCryptoKeyVersion({
        ...request,
        ...(cryptoKeyVersion && { cryptoKeyVersion }),
      });
      shortLived.advance(50);
      return (await others.getCryptoKeyVersion({ name: version.name }))[0];
    };
    const { name } = await send(first);
    await assert.rejects(send(first, name ?? ''), refusal(9, /not eligible for reimport/));
    await others.destroyCryptoKeyVersion({ name });
    shortLived.advance(day);
    const [destroyed] = await others.getCryptoKeyVersion({ name });
    assert.deepEqual([destroyed.state, destroyed.reimportEligible], ['DESTROYED', true]);
    await assert.rejects(others.getPublicKey({ name }), refusal(9, /DESTROYED/));

    assert.equal((await send(rsa(2048), name ?? '')).state, 'IMPORT_FAILED');
    const again = await send(first, name ?? '');
    assert.deepEqual([again.state, again.name], ['ENABLED', name]);
    await shortLived.close();
  });

  test('an import-only key must begin empty, and other keys may have a generated version', async () => {
    const cryptoKey = { purpose: 'ASYMMETRIC_SIGN', versionTemplate: pkcs1 } as const;
    const wrong = kms.createCryptoKey({
      parent: ring,
      cryptoKeyId: 'w',
      cryptoKey: { ...cryptoKey, importOnly: true },
    });
    await assert.rejects(wrong, refusal(3, /skip_initial_version_creation/));
    const [key] = await kms.createCryptoKey({ parent: ring, cryptoKeyId: 'generated', cryptoKey });
    const first = `${key.name}/cryptoKeyVersions/1`;
    assert.equal(await state(first), 'PENDING_GENERATION');
    world.advance(50);
    assert.equal(await state(first), 'ENABLED');
    const parent = await importOnlyKey('only-imports');
    await assert.rejects(kms.createCryptoKeyVersion({ parent }), refusal(9, /import_only/));
  });

  const numbers = (versions: { name?: string | null }[]) => versions.map((version) => version.name?.at(-1));

  test('lists come in pages and can be filtered by state', async () => {
    const parent = await importOnlyKey('listed');
    for (let count = 0; count < 3; count += 1) await imported(parent, wrap(der(first), wrappingKey));
    const byHand = { autoPaginate: false };
    const [start, next] = await kms.listCryptoKeyVersions({ parent, pageSize: 2 }, byHand);
    const [rest, end] = await kms.listCryptoKeyVersions({ ...next, parent, pageSize: 2 }, byHand);
    assert.deepEqual(numbers([...start, ...rest]), ['1', '2', '3']);
    assert.deepEqual([start.length, rest.length, end], [2, 1, null]);
    await kms.destroyCryptoKeyVersion({ name: `${parent}/cryptoKeyVersions/2` });
    const [enabled] = await kms.listCryptoKeyVersions({ parent, filter: 'state=ENABLED' });
    assert.deepEqual(numbers(enabled), ['1', '3']);
  });

  test('malformed names and ids are INVALID_ARGUMENT, unknown methods UNIMPLEMENTED', async () => {
    await assert.rejects(kms.getKeyRing({ name: 'ring' }), refusal(3, /must have the format/));
    const version = kms.getCryptoKeyVersion({ name: `${ring}/cryptoKeys/k/cryptoKeyVersions/latest` });
    await assert.rejects(version, refusal(3, /must have the format/));
    const ringId = kms.createKeyRing({ parent: location, keyRingId: 'no spaces', keyRing: {} });
    await assert.rejects(ringId, refusal(3, /key_ring_id/));
    await assert.rejects(kms.generateRandomBytes({ location, lengthBytes: 8 }), refusal(12, /GenerateRandomBytes/));
  });
});
