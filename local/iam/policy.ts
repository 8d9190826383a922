/** An IAM policy as a value: who has which role on one resource, since when, and under which etag. */
import { createHash } from 'node:crypto';

import { aborted, invalidArgument, unimplemented } from '../grpc/rpc-error.ts';
import { conditionOf, isMet, type Condition, type WireCondition } from './condition.ts';

export type Grant = {
  readonly role: string;
  readonly member: string;
  /** From when it has effect, in milliseconds since the epoch: grants propagate slowly, revocations here at once. */
  readonly from: number;
  readonly condition?: Condition;
};
export type Policy = { readonly etag: string; readonly grants: readonly Grant[] };

/** The policy of a resource that never had one set, with the etag that Google gives it. */
export const emptyPolicy: Policy = { etag: 'ACAB', grants: [] };

type WireBinding = { role?: string | null; members?: string[] | null; condition?: WireCondition | null };
export type WirePolicy = {
  version?: number | null;
  bindings?: WireBinding[] | null;
  auditConfigs?: object[] | null;
  etag?: Uint8Array | string | null;
};

/**
 * The policy after `SetIamPolicy`. ABORTED when the request carries an etag of another policy; INVALID_ARGUMENT for
 * unknown roles and members of a wrong form. Without an etag it overwrites, as the real one does.
 */
export function replacePolicy(
  current: Policy,
  wanted: WirePolicy,
  terms: { roles: Readonly<Record<string, readonly string[]>>; from: number },
): Policy {
  const etag = Buffer.from((wanted.etag ?? []) as Uint8Array).toString('base64');
  if (etag !== '' && etag !== current.etag) {
    throw aborted(
      'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
    );
  }
  if (wanted.auditConfigs?.length) throw unimplemented('The local IAM has no audit configurations.');
  const pairs = new Map<string, Omit<Grant, 'from'>>();
  for (const { role, members, condition } of wanted.bindings ?? []) {
    if (condition && wanted.version !== 3) throw invalidArgument('A policy with conditions has to be of version 3.');
    const terse = condition ? { condition: conditionOf(condition) } : {};
    for (const member of members ?? [])
      pairs.set(keyOf(role, member, terse.condition), { role: checkedRole(role, terms.roles), member, ...terse });
  }
  const grants = [...pairs.values()].map((pair): Grant => {
    checkMember(pair.member);
    return findGrant(current, pair) ?? { ...pair, from: terms.from };
  });
  return { etag: nextEtag(current.etag, grants), grants };
}

/**
 * The `google.iam.v1.Policy` of a stored one: one binding for each role and condition. Whoever does not ask for version 3
 * gets conditional bindings without their condition, under a role that cannot be set (cloud.google.com/iam/docs/policies).
 */
export function toWire(
  policy: Policy,
  requestedVersion = 3,
): { version: number; etag: Buffer; bindings: WireBinding[] } {
  const groups = Map.groupBy(policy.grants, ({ role, condition }) => keyOf(role, '', condition));
  const bindings = [...groups.values()].map((grants): WireBinding => {
    const [{ role, condition } = { role: '' }] = grants;
    const members = grants.map(({ member }) => member);
    if (!condition) return { role, members };
    return requestedVersion >= 3
      ? { role, members, condition }
      : { role: `${role}_withcond_${hash(condition)}`, members };
  });
  const version = bindings.some(({ condition }) => condition) ? 3 : 1;
  return { version, etag: Buffer.from(policy.etag, 'base64'), bindings };
}

const keyOf = (role: string | null | undefined, member: string, condition?: Condition): string =>
  JSON.stringify([role, member, condition ?? null]);

const hash = (condition: Condition): string =>
  createHash('sha256').update(JSON.stringify(condition)).digest('hex').slice(0, 20);

/**
 * Whether the grant names the caller, and its condition, if any, is met for the resource. A service account and a user are
 * told apart by the address.
 */
export function isFor(grant: Grant, caller: string, resource: string): boolean {
  if (grant.condition && !isMet(grant.condition, resource)) return false;
  const own = `${isServiceAccount(caller) ? 'serviceAccount' : 'user'}:${caller}`;
  return [own, 'allAuthenticatedUsers', 'allUsers'].includes(grant.member);
}

function findGrant(policy: Policy, { role, member, condition }: Omit<Grant, 'from'>): Grant | undefined {
  const key = keyOf(role, member, condition);
  return policy.grants.find((grant) => keyOf(grant.role, grant.member, grant.condition) === key);
}

function checkedRole(role: string | null | undefined, roles: Readonly<Record<string, readonly string[]>>): string {
  if (!role || !(role in roles)) throw invalidArgument(`Role ${role ?? ''} is not supported for this resource.`);
  return role;
}

function checkMember(member: string): void {
  if (member === 'allUsers' || member === 'allAuthenticatedUsers') return;
  const [, type, address = ''] = /^(user|serviceAccount|group):(\S+@\S+)$/.exec(member) ?? [];
  if (!type) throw invalidArgument(`Principal ${member} is of a type that is not supported.`);
  const accounts = isServiceAccount(address);
  if (accounts !== (type === 'serviceAccount')) {
    const actual = accounts ? "of type 'serviceAccount'" : 'not a service account (*.gserviceaccount.com)';
    throw invalidArgument(`The member ${member} is ${actual}. The type of the member must match.`);
  }
}

const isServiceAccount = (address: string): boolean => address.endsWith('.gserviceaccount.com');

/** Never the same again, also when the same grants are set twice. */
function nextEtag(previous: string, grants: readonly Grant[]): string {
  return createHash('sha256')
    .update(previous)
    .update(JSON.stringify(grants))
    .digest()
    .subarray(0, 9)
    .toString('base64');
}
