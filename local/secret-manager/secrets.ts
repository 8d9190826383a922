/** Secrets themselves: created, described, changed under their etag, deleted; and their policies. */
import type { protos } from '@google-cloud/secret-manager';

import { labels, maskPaths, refuseFields } from '../grpc/fields.ts';
import { listPage } from '../grpc/listing.ts';
import { canonicalName, parentOf } from '../grpc/names.ts';
import { alreadyExists, invalidArgument } from '../grpc/rpc-error.ts';
import type { Handlers } from '../grpc/server.ts';
import { policyMethods } from '../iam/methods.ts';
import { emptyPolicy } from '../iam/policy.ts';
import { checkedAliases, checkedAnnotations, checkedReplication } from './metadata.ts';
import { nextEtag, secretToWire, type Secret } from './model.ts';
import { checkEtag, demand, denied, found, missing, type Vault } from './vault.ts';

type CreateRequest = protos.google.cloud.secretmanager.v1.ICreateSecretRequest;
type GetRequest = protos.google.cloud.secretmanager.v1.IGetSecretRequest;
type ListRequest = protos.google.cloud.secretmanager.v1.IListSecretsRequest;
type UpdateRequest = protos.google.cloud.secretmanager.v1.IUpdateSecretRequest;
type DeleteRequest = protos.google.cloud.secretmanager.v1.IDeleteSecretRequest;

const unsupported = [
  'topics',
  'expireTime',
  'ttl',
  'rotation',
  'versionDestroyTtl',
  'customerManagedEncryption',
  'tags',
  'secretType',
];

export function secrets(vault: Vault): Handlers {
  return {
    CreateSecret(request: CreateRequest, caller) {
      const parent = demand(vault, caller, 'secretmanager.secrets.create', 'project', request.parent);
      const secretId = request.secretId ?? '';
      if (!/^[A-Za-z0-9_-]{1,255}$/.test(secretId)) throw invalidArgument(`The secret_id '${secretId}' is invalid.`);
      const name = `${parent}/secrets/${secretId}`;
      const wanted = request.secret ?? {};
      refuseFields(wanted, unsupported);
      const secret = {
        name,
        createTime: vault.now(),
        replication: checkedReplication(wanted.replication),
        labels: labels(wanted.labels),
        annotations: checkedAnnotations(wanted.annotations),
        versionAliases: checkedAliases(wanted.versionAliases, []),
        policy: emptyPolicy,
        versions: [],
      };
      if (vault.secrets.get(name)) throw alreadyExists(`Secret [${name}] already exists.`);
      const created: Secret = { ...secret, etag: nextEtag('', secret) };
      vault.secrets.put(created);
      return secretToWire(created);
    },

    GetSecret(request: GetRequest, caller) {
      const name = demand(vault, caller, 'secretmanager.secrets.get', 'secret', request.name);
      return secretToWire(found(vault.secrets.seen(name), name));
    },

    ListSecrets(request: ListRequest, caller) {
      const parent = demand(vault, caller, 'secretmanager.secrets.list', 'project', request.parent);
      const all = vault.secrets
        .allSeen()
        .filter((secret) => parentOf(secret.name) === parent)
        .sort((one, other) => other.createTime - one.createTime);
      const { page, nextPageToken, totalSize } = listPage(all, request, 25_000);
      return { secrets: page.map(secretToWire), nextPageToken, totalSize: request.filter ? 0 : totalSize };
    },

    UpdateSecret(request: UpdateRequest, caller) {
      const wanted = request.secret ?? {};
      const name = demand(vault, caller, 'secretmanager.secrets.update', 'secret', wanted.name);
      const secret = found(vault.secrets.get(name), name);
      const paths = maskPaths(request.updateMask, ['labels', 'annotations', 'version_aliases']);
      checkEtag(wanted.etag, secret.etag, name);
      const changed = {
        ...secret,
        ...(paths.includes('labels') && { labels: labels(wanted.labels) }),
        ...(paths.includes('annotations') && { annotations: checkedAnnotations(wanted.annotations) }),
        ...(paths.includes('version_aliases') && {
          versionAliases: checkedAliases(wanted.versionAliases, secret.versions),
        }),
      };
      const next: Secret = { ...changed, etag: nextEtag(secret.etag, secretToWire(changed)) };
      vault.secrets.put(next);
      return secretToWire(next);
    },

    DeleteSecret(request: DeleteRequest, caller) {
      const name = demand(vault, caller, 'secretmanager.secrets.delete', 'secret', request.name);
      checkEtag(request.etag, found(vault.secrets.get(name), name).etag, name);
      vault.secrets.remove(name);
      return {};
    },
  };
}

export function secretPolicies(vault: Vault): Handlers {
  return policyMethods({
    authority: vault.authority,
    service: 'secretmanager.',
    settings: vault.settings,
    denied,
    missing,
    find(resource) {
      const name = canonicalName(vault.authority.project, 'projects/**/secrets/*', resource);
      return {
        name,
        permissionPrefix: 'secretmanager.secrets',
        own: vault.secrets.get(name)?.policy,
        inherited: [],
        put: (policy) => vault.secrets.put({ ...found(vault.secrets.get(name), name), policy }),
      };
    },
  });
}
