/** The local Secret Manager as a whole: its records in a folder, its handlers, and what tests may look at. */
import path from 'node:path';

import { openRecords } from '../grpc/records.ts';
import type { Handlers } from '../grpc/server.ts';
import { toWire } from '../iam/policy.ts';
import { withLateView, type LateRecords, type Lags } from './late-view.ts';
import type { Secret } from './model.ts';
import { secretPolicies, secrets } from './secrets.ts';
import type { Vault } from './vault.ts';
import { secretVersions } from './versions.ts';

export function openSecretRecords(folder: string, now: () => number, lags: Lags): LateRecords<Secret> {
  return withLateView(openRecords<Secret>(path.join(folder, 'secrets')), now, lags);
}

/** Handlers of `google.cloud.secretmanager.v1.SecretManagerService`, for global secrets. */
export function secretManager(vault: Vault): Handlers {
  return { ...secrets(vault), ...secretVersions(vault), ...secretPolicies(vault) };
}

/** Everything that exists, payloads included, as it is now. */
export function inspectSecrets(vault: Vault) {
  return vault.secrets.all().map((secret) => ({
    name: secret.name,
    etag: secret.etag,
    labels: secret.labels,
    annotations: secret.annotations,
    versionAliases: secret.versionAliases,
    replication: secret.replication,
    bindings: toWire(secret.policy).bindings,
    versions: secret.versions.map(({ payload, ...version }) => ({
      ...version,
      payload: payload === undefined ? undefined : Buffer.from(payload, 'base64'),
    })),
  }));
}
