/** Using a key version: its public key, and signatures with the checksums that callers are to verify. */
import type { protos } from '@google-cloud/kms';
import { createHash } from 'node:crypto';

import { crc32c } from '../grpc/crc32c.ts';
import { bytes, refuseFields } from '../grpc/fields.ts';
import { invalidArgument } from '../grpc/rpc-error.ts';
import type { Handlers } from '../grpc/server.ts';
import { parametersOf } from './algorithms.ts';
import { demand, foundVersion, stateRefused, type Kms } from './kms.ts';
import { signDigest } from './rsa.ts';

type GetPublicKeyRequest = protos.google.cloud.kms.v1.IGetPublicKeyRequest;
type SignRequest = protos.google.cloud.kms.v1.IAsymmetricSignRequest;
type Checksum = protos.google.protobuf.IInt64Value | null | undefined;

const dataLimit = 64 * 1024;

export function signing(kms: Kms): Handlers {
  return {
    GetPublicKey(request: GetPublicKeyRequest, caller) {
      const name = demand(kms, caller, 'cloudkms.cryptoKeyVersions.viewPublicKey', 'version', request.name);
      refuseFields(request, ['publicKeyFormat']);
      const { key, version } = foundVersion(kms, name);
      const usable = version.state === 'ENABLED' || version.state === 'DISABLED';
      if (!usable || version.publicKey === undefined) throw stateRefused(name, version);
      return {
        name,
        pem: version.publicKey,
        pemCrc32c: { value: crc32c(Buffer.from(version.publicKey)) },
        algorithm: version.algorithm,
        protectionLevel: key.protectionLevel,
      };
    },

    AsymmetricSign(request: SignRequest, caller) {
      const name = demand(kms, caller, 'cloudkms.cryptoKeyVersions.useToSign', 'version', request.name);
      const { key, version } = foundVersion(kms, name);
      if (version.state !== 'ENABLED' || version.privateKey === undefined) throw stateRefused(name, version);
      const algorithm = parametersOf(version.algorithm);
      const digest = digestToSign(request, algorithm.digest);
      const signature = signDigest(version.privateKey, algorithm, digest);
      return {
        name,
        signature,
        signatureCrc32c: { value: crc32c(signature) },
        verifiedDigestCrc32c: Boolean(request.digestCrc32c),
        verifiedDataCrc32c: Boolean(request.dataCrc32c),
        protectionLevel: key.protectionLevel,
      };
    },
  };
}

/** The digest that was sent, or that of the data; one of them, of the algorithm's hash, and with matching checksums. */
function digestToSign(request: SignRequest, hash: 'sha256' | 'sha512'): Buffer {
  const data = bytes(request.data);
  const digests = Object.entries(request.digest ?? {}).filter(([field]) => field !== 'digest');
  const [[field, value] = []] = digests;
  if (data && field !== undefined) throw invalidArgument('Only one of digest and data may be set.');
  if (data) {
    if (data.length > dataLimit) throw invalidArgument('The field data must be no larger than 64 KiB.');
    checkChecksum('data', data, request.dataCrc32c);
    return createHash(hash).update(data).digest();
  }
  const digest = bytes(value);
  if (!digest) throw invalidArgument('One of digest and data is required.');
  const length = hash === 'sha256' ? 32 : 64;
  if (field !== hash || digest.length !== length) {
    throw invalidArgument(`The digest must be ${hash} with ${length} bytes, as the key version's algorithm says.`);
  }
  checkChecksum('digest', digest, request.digestCrc32c);
  return digest;
}

function checkChecksum(field: 'digest' | 'data', content: Buffer, checksum: Checksum): void {
  if (!checksum || Number(checksum.value ?? 0) === crc32c(content)) return;
  throw invalidArgument(`The checksum in field ${field}_crc32c did not match the data in field ${field}.`);
}
