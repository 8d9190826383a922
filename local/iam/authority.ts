/** Who may do what: policies of a resource and of its ancestors up to the project, for one caller. */
import type { Project } from '../grpc/names.ts';
import type { Records } from '../grpc/records.ts';
import { invalidArgument } from '../grpc/rpc-error.ts';
import type { WireCondition } from './condition.ts';
import { emptyPolicy, isFor, replacePolicy, toWire, type Policy, type WirePolicy } from './policy.ts';
import { predefinedRoles } from './roles.ts';

export type ProjectRecord = { readonly name: string; readonly createTime: number; readonly policy: Policy };

/** Gives the member (`serviceAccount:…`, `user:…`) the role on the project, where the condition is met if there is one. */
export type Bind = (member: string, role: string, condition?: WireCondition) => void;

export type Authority = {
  readonly project: Project;
  /** Whether one of the policies, or the project's, gives the caller a role with the permission. `name`: canonical. */
  may(caller: string, permission: string, name: string, policies: readonly Policy[]): boolean;
  /** INVALID_ARGUMENT for a permission that no role knows, or of another service than `prefix`. */
  checkPermissions(permissions: readonly string[], prefix: string): void;
  /** `SetIamPolicy` on a policy: see `replacePolicy`. New grants have effect after the configured delay. */
  replace(current: Policy, wanted: WirePolicy): Policy;
  projectRecord(): ProjectRecord;
  readonly putProjectPolicy: (policy: Policy) => void;
  /** An administrator's change to the project's policy, from outside. */
  readonly bind: Bind;
  /** Takes the role from the member, under whatever condition it has it. */
  readonly unbind: (member: string, role: string) => void;
};

export function createAuthority(options: {
  project: Project;
  projects: Records<ProjectRecord>;
  roles: Readonly<Record<string, readonly string[]>>;
  now(): number;
  settings: { readonly iamDelay: number };
}): Authority {
  const { project, projects } = options;
  const now = (): number => options.now();
  const roles = { ...predefinedRoles, ...options.roles };
  const known = new Set(Object.values(roles).flat());
  const root = `projects/${project.number}`;
  if (!projects.get(root)) projects.put({ name: root, createTime: now(), policy: emptyPolicy });

  const projectRecord = (): ProjectRecord => {
    const record = projects.get(root);
    if (!record) throw new Error(`The record of ${root} is gone`);
    return record;
  };
  const putProjectPolicy = (policy: Policy): void => projects.put({ ...projectRecord(), policy });
  const replace = (current: Policy, wanted: WirePolicy): Policy =>
    replacePolicy(current, wanted, { roles, from: now() + options.settings.iamDelay });

  return {
    project,
    projectRecord,
    putProjectPolicy,
    replace,
    may(caller, permission, name, policies) {
      if (name !== root && !name.startsWith(`${root}/`)) return false;
      return [...policies, projectRecord().policy].some((policy) =>
        policy.grants.some(
          (grant) => grant.from <= now() && isFor(grant, caller, name) && roles[grant.role]?.includes(permission),
        ),
      );
    },
    checkPermissions(permissions, prefix) {
      const strange = permissions.find((permission) => !known.has(permission) || !permission.startsWith(prefix));
      if (strange !== undefined) throw invalidArgument(`Permission ${strange} is not valid for this resource.`);
    },
    bind(member, role, condition) {
      const { bindings } = toWire(projectRecord().policy);
      const added = { role, members: [member], ...(condition && { condition }) };
      putProjectPolicy(replace(projectRecord().policy, { version: 3, bindings: [...bindings, added] }));
    },
    unbind(member, role) {
      const { etag, grants } = projectRecord().policy;
      const left = grants.filter((grant) => grant.role !== role || grant.member !== member);
      const { bindings } = toWire({ etag, grants: left });
      putProjectPolicy(replace({ etag, grants }, { version: 3, bindings }));
    },
  };
}
