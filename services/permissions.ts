/** IAM: what the caller may do on a resource, and adding bindings under the policy's etag (google.iam.v1). */

import type { Binding } from '../domain/plan.ts';
import { missingBindings } from '../domain/custody.ts';
import type { GoogleClients } from './google-clients.ts';
import { asking, hasStatus, status } from './google-errors.ts';
import { callOptions } from './limits.ts';
import type { Limits } from './limits.ts';

export type Permissions = ReturnType<typeof createPermissions>;

type PolicyBinding = { role?: string | null; members?: string[] | null; condition?: object | null };
type Policy = { bindings?: PolicyBinding[] | null };

/** Without asking for this version, conditions would be lost when the policy is written back (google/iam/v1/options.proto). */
const options = { requestedPolicyVersion: 3 };

/** What the three clients have in common; their generated types differ in detail only. */
type PolicyClient = {
  getIamPolicy(request: { resource: string; options: object }, options: object): Promise<[Policy, ...unknown[]]>;
  setIamPolicy(request: { resource: string; policy: Policy }, options: object): Promise<unknown>;
  testIamPermissions(
    request: { resource: string; permissions: string[] },
    options: object,
  ): Promise<[{ permissions?: string[] | null }, ...unknown[]]>;
};

export function createPermissions({ kms, secrets, projects }: GoogleClients) {
  function clientFor(resource: string): PolicyClient {
    if (resource.includes('/secrets/')) return secrets;
    if (resource.includes('/locations/')) return kms as unknown as PolicyClient;
    return projects;
  }

  return {
    /** Which of the permissions the caller holds on the resource; `undefined` where the resource cannot be asked. */
    async held(resource: string, permissions: readonly string[], limits: Limits): Promise<string[] | undefined> {
      try {
        const request = { resource, permissions: [...permissions] };
        const [answer] = await clientFor(resource).testIamPermissions(request, callOptions(limits));
        return answer.permissions ?? [];
      } catch (error) {
        if ([status.notFound, status.permissionDenied].some((code) => hasStatus(error, code))) return undefined;
        return asking(`asking for permissions on ${resource}`, () => Promise.reject(error));
      }
    },

    async bindings(resource: string, limits: Limits): Promise<Binding[]> {
      const [policy] = await asking(`reading the policy of ${resource}`, () =>
        clientFor(resource).getIamPolicy({ resource, options }, callOptions(limits)),
      );
      return unconditional(policy);
    },

    /**
     * Adds what is missing to the policy and leaves the rest as it is. The etag makes a change of somebody else in between
     * a `STATE_CONFLICT`, after which all is read again.
     */
    async addBindings(resource: string, wanted: readonly Binding[], limits: Limits): Promise<void> {
      const client = clientFor(resource);
      await asking(`granting rights on ${resource}`, async () => {
        const [policy] = await client.getIamPolicy({ resource, options }, callOptions(limits));
        const missing = missingBindings(wanted, unconditional(policy));
        if (missing.length === 0) return;
        const added = missing.map(({ role, members }) => ({ role, members: [...members] }));
        const bindings = [...(policy.bindings ?? []), ...added];
        await client.setIamPolicy({ resource, policy: Object.assign(policy, { bindings }) }, callOptions(limits));
      });
    },

    /** Takes a role from everybody who was given it on the resource, under conditions or without. */
    async removeRole(resource: string, role: string, limits: Limits): Promise<void> {
      const client = clientFor(resource);
      await asking(`taking ${role} on ${resource} away`, async () => {
        const [policy] = await client.getIamPolicy({ resource, options }, callOptions(limits));
        const bindings = (policy.bindings ?? []).filter((binding) => binding.role !== role);
        if (bindings.length === (policy.bindings ?? []).length) return;
        await client.setIamPolicy({ resource, policy: Object.assign(policy, { bindings }) }, callOptions(limits));
      });
    },
  };
}

/** A right that holds only at times, or for some, is not the right that is needed. */
function unconditional(policy: Policy): Binding[] {
  return (policy.bindings ?? [])
    .filter(({ condition }) => !condition)
    .map(({ role, members }) => ({ role: String(role), members: members ?? [] }));
}
