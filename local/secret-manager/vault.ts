/** What all methods of the local Secret Manager share: finding secrets by name, permissions, and etags. */
import { canonicalName } from '../grpc/names.ts';
import { failedPrecondition, notFound, permissionDenied, type RpcError } from '../grpc/rpc-error.ts';
import type { Authority } from '../iam/authority.ts';
import type { PolicyTerms } from '../iam/methods.ts';
import type { LateRecords } from './late-view.ts';
import type { Secret } from './model.ts';

export type Vault = {
  readonly authority: Authority;
  readonly secrets: LateRecords<Secret>;
  readonly settings: PolicyTerms['settings'];
  now(): number;
};

const templates = {
  project: 'projects/**',
  secret: 'projects/**/secrets/*',
  version: 'projects/**/secrets/*/versions/*',
  numberedVersion: 'projects/**/secrets/*/versions/#',
};

/** The canonical name, after the permission on it has been checked: without it, nobody learns whether the thing exists. */
export function demand(
  vault: Vault,
  caller: string,
  permission: string,
  kind: keyof typeof templates,
  asked: string | null | undefined,
): string {
  const name = canonicalName(vault.authority.project, templates[kind], asked);
  const secret = vault.secrets.get(secretOf(name));
  if (!vault.authority.may(caller, permission, name, secret ? [secret.policy] : [])) {
    throw denied(permission, asked ?? '');
  }
  return name;
}

/** The name of the secret that a version's name begins with. */
export const secretOf = (name: string): string => name.split('/').slice(0, 4).join('/');

/** The real service's text, which names the missing permission ("for resource", where KMS says "on resource"). */
export const denied = (permission: string, resource: string): RpcError =>
  permissionDenied(`Permission '${permission}' denied for resource '${resource}' (or it may not exist).`);

export const missing = (name: string): RpcError => notFound(`Secret [${name}] not found.`);

export function found(secret: Secret | undefined, name: string): Secret {
  if (!secret) throw missing(name);
  return secret;
}

/** FAILED_PRECONDITION when an etag was sent and is not the stored one's. */
export function checkEtag(sent: string | null | undefined, stored: string, name: string): void {
  if (!sent || sent === stored) return;
  throw failedPrecondition(`The etag ${sent} provided in the request does not match the current etag of [${name}].`);
}
