/** Secret versions: added, accessed, described, enabled, disabled and destroyed. */
import type { protos } from '@google-cloud/secret-manager';

import { crc32c } from '../grpc/crc32c.ts';
import { bytes } from '../grpc/fields.ts';
import { listPage } from '../grpc/listing.ts';
import { idOf } from '../grpc/names.ts';
import { failedPrecondition, invalidArgument, notFound } from '../grpc/rpc-error.ts';
import type { Handlers } from '../grpc/server.ts';
import { nextEtag, versionName, versionToWire, withVersion, type Secret, type SecretVersion } from './model.ts';
import { checkEtag, demand, found, secretOf, type Vault } from './vault.ts';

type AddRequest = protos.google.cloud.secretmanager.v1.IAddSecretVersionRequest;
type NameRequest = protos.google.cloud.secretmanager.v1.IAccessSecretVersionRequest;
type ListRequest = protos.google.cloud.secretmanager.v1.IListSecretVersionsRequest;
type ChangeRequest = protos.google.cloud.secretmanager.v1.IDestroySecretVersionRequest;

const payloadLimit = 64 * 1024;

export function secretVersions(vault: Vault): Handlers {
  /** One of the three changes of state. DESTROYED is final. */
  function change(verb: string, state: SecretVersion['state'], request: ChangeRequest, caller: string): object {
    const name = demand(vault, caller, `secretmanager.versions.${verb}`, 'numberedVersion', request.name);
    const secret = found(vault.secrets.get(secretOf(name)), secretOf(name));
    const version = numbered(secret, idOf(name));
    checkEtag(request.etag, version.etag, name);
    if (version.state === 'DESTROYED') throw failedPrecondition(`Secret Version [${name}] is in DESTROYED state.`);
    const { payload, ...metadata } = version;
    const next: SecretVersion = {
      ...(state === 'DESTROYED'
        ? { ...metadata, destroyTime: vault.now() }
        : { ...metadata, ...(payload && { payload }) }),
      state,
      etag: nextEtag(version.etag, state),
    };
    vault.secrets.put(withVersion(secret, next));
    return versionToWire(secret, next);
  }

  return {
    AddSecretVersion(request: AddRequest, caller) {
      const name = demand(vault, caller, 'secretmanager.versions.add', 'secret', request.parent);
      const secret = found(vault.secrets.get(name), name);
      const payload = checkedPayload(request.payload);
      const number = secret.versions.length + 1;
      const version: SecretVersion = { number, createTime: vault.now(), state: 'ENABLED', ...payload, etag: '' };
      const added = { ...version, etag: nextEtag(secret.name, version) };
      vault.secrets.put(withVersion(secret, added));
      return versionToWire(secret, added);
    },

    AccessSecretVersion(request: NameRequest, caller) {
      const asked = demand(vault, caller, 'secretmanager.versions.access', 'version', request.name);
      const secret = vault.secrets.get(secretOf(asked));
      if (!secret) throw notFound(`Secret [${secretOf(asked)}] not found or has no versions.`);
      const version = numbered(secret, resolved(vault, asked));
      if (version.state !== 'ENABLED' || version.payload === undefined) {
        throw failedPrecondition(`Secret Version [${versionName(secret, version)}] is in ${version.state} state.`);
      }
      const payload = { data: Buffer.from(version.payload, 'base64'), dataCrc32c: version.checksum };
      return { name: versionName(secret, version), payload };
    },

    GetSecretVersion(request: NameRequest, caller) {
      const asked = demand(vault, caller, 'secretmanager.versions.get', 'version', request.name);
      const secret = found(vault.secrets.seen(secretOf(asked)), secretOf(asked));
      return versionToWire(secret, numbered(secret, resolved(vault, asked)));
    },

    ListSecretVersions(request: ListRequest, caller) {
      const name = demand(vault, caller, 'secretmanager.versions.list', 'secret', request.parent);
      const secret = found(vault.secrets.seen(name), name);
      const all = secret.versions.toReversed().map((version) => versionToWire(secret, version));
      const { page, nextPageToken, totalSize } = listPage(all, request, 25_000);
      return { versions: page, nextPageToken, totalSize: request.filter ? 0 : totalSize };
    },

    EnableSecretVersion: (request: ChangeRequest, caller) => change('enable', 'ENABLED', request, caller),
    DisableSecretVersion: (request: ChangeRequest, caller) => change('disable', 'DISABLED', request, caller),
    DestroySecretVersion: (request: ChangeRequest, caller) => change('destroy', 'DESTROYED', request, caller),
  };
}

/** The number that the last part of a version's name stands for; `latest` and aliases are read late. */
function resolved(vault: Vault, name: string): string {
  const selector = idOf(name);
  if (/^[1-9]\d*$/.test(selector)) return selector;
  const secret = vault.secrets.seenLatest(secretOf(name));
  // The most recently created, whatever its state.
  const number = selector === 'latest' ? secret?.versions.at(-1)?.number : secret?.versionAliases[selector];
  if (number !== undefined) return String(number);
  if (selector === 'latest') throw notFound(`Secret [${secretOf(name)}] not found or has no versions.`);
  throw notFound(`Secret Version [${name}] not found.`);
}

function numbered(secret: Secret, number: string): SecretVersion {
  const version = secret.versions.find((candidate) => String(candidate.number) === number);
  if (!version) throw notFound(`Secret Version [${secret.name}/versions/${number}] not found.`);
  return version;
}

function checkedPayload(wanted: AddRequest['payload']) {
  const data = bytes(wanted?.data);
  if (!data) throw invalidArgument('The secret payload cannot be empty.');
  if (data.length > payloadLimit) throw invalidArgument('The secret payload must be no larger than 65536 bytes.');
  const checksum = crc32c(data);
  const sent = wanted?.dataCrc32c ?? undefined;
  if (sent !== undefined && Number(sent) !== checksum) {
    throw invalidArgument('The checksum in field data_crc32c did not match the data in field data.');
  }
  return { payload: data.toString('base64'), checksum, clientSpecifiedPayloadChecksum: sent !== undefined };
}
