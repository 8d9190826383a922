/** The three RPCs of `google.iam.v1` that every service has for its resources. */
import type { Handlers } from '../grpc/server.ts';
import type { Authority } from './authority.ts';
import { toWire, type Policy, type WirePolicy } from './policy.ts';

/** A resource that can carry a policy, as its service finds it. */
type Policied = {
  /** Canonical. */
  readonly name: string;
  /** As `cloudkms.cryptoKeys`: `….getIamPolicy` and `….setIamPolicy` are asked for. */
  readonly permissionPrefix: string;
  /** Its own policy first, then those above it but not the project's; the own one is absent when it does not exist. */
  readonly own: Policy | undefined;
  readonly inherited: readonly Policy[];
  put(policy: Policy): void;
};

export type PolicyTerms = {
  readonly authority: Authority;
  /** `cloudkms.`, `secretmanager.`, or empty where any permission can be asked about. */
  readonly service: string;
  /** What `TestIamPermissions` answers for a resource that is not there: the documents say an empty set. */
  readonly settings: { readonly testMissing: 'refuse' | 'empty' };
  find(resource: string | null | undefined): Policied;
  denied(permission: string, resource: string): Error;
  missing(name: string): Error;
};

type PolicyRequest = { resource?: string | null; options?: { requestedPolicyVersion?: number | null } | null };

export function policyMethods(terms: PolicyTerms): Handlers {
  const { authority } = terms;

  const policiesOf = (target: Policied): readonly Policy[] => [
    ...(target.own ? [target.own] : []),
    ...target.inherited,
  ];

  function demand(caller: string, target: Policied, verb: string, asked: string): Policy {
    const permission = `${target.permissionPrefix}.${verb}`;
    if (!authority.may(caller, permission, target.name, policiesOf(target))) throw terms.denied(permission, asked);
    if (!target.own) throw terms.missing(target.name);
    return target.own;
  }

  return {
    GetIamPolicy({ resource, options }: PolicyRequest, caller) {
      const policy = demand(caller, terms.find(resource), 'getIamPolicy', resource ?? '');
      return toWire(policy, options?.requestedPolicyVersion ?? 1);
    },

    SetIamPolicy({ resource, policy }: PolicyRequest & { policy?: WirePolicy | null }, caller) {
      const target = terms.find(resource);
      const current = demand(caller, target, 'setIamPolicy', resource ?? '');
      const next = authority.replace(current, policy ?? {});
      target.put(next);
      return toWire(next);
    },

    TestIamPermissions(request: PolicyRequest & { permissions?: string[] | null }, caller) {
      const target = terms.find(request.resource);
      const permissions = request.permissions ?? [];
      authority.checkPermissions(permissions, terms.service);
      const held = permissions.filter((permission) =>
        authority.may(caller, permission, target.name, policiesOf(target)),
      );
      if (!target.own && terms.settings.testMissing === 'empty') return { permissions: [] };
      if (!target.own && held.length === 0)
        throw terms.denied(`${target.permissionPrefix}.get`, request.resource ?? '');
      if (!target.own) throw terms.missing(target.name);
      return { permissions: held };
    },
  };
}
