/** An IAM policy as a value: who has which role on one resource, since when, and under which etag. */
import { createHash } from 'node:crypto';

import { aborted, invalidArgument, unimplemented } from '../grpc/rpc-error.ts';

export type Grant = {
  readonly role: string;
  readonly member: string;
  /** From when it has effect, in milliseconds since the epoch: grants propagate slowly, revocations here at once. */
  readonly from: number;
};
export type Policy = { readonly etag: string; readonly grants: readonly Grant[] };

/** The policy of a resource that never had one set, with the etag that Google gives it. */
export const emptyPolicy: Policy = { etag: 'ACAB', grants: [] };

type WireBinding = { role?: string | null; members?: string[] | null; condition?: object | null };
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
  const pairs = new Map<string, { role: string; member: string }>();
  for (const { role, members, condition } of wanted.bindings ?? []) {
    if (condition) throw unimplemented('The local IAM has no conditions.');
    for (const member of members ?? [])
      pairs.set(`${role} ${member}`, { role: checkedRole(role, terms.roles), member });
  }
  const grants = [...pairs.values()].map(({ role, member }): Grant => {
    checkMember(member);
    return findGrant(current, role, member) ?? { role, member, from: terms.from };
  });
  return { etag: nextEtag(current.etag, grants), grants };
}

/** The `google.iam.v1.Policy` of a stored one: one binding for each role. */
export function toWire(policy: Policy): { version: number; etag: Buffer; bindings: WireBinding[] } {
  const byRole = Map.groupBy(policy.grants, (grant) => grant.role);
  const bindings = [...byRole].map(([role, grants]) => ({ role, members: grants.map((grant) => grant.member) }));
  return { version: 1, etag: Buffer.from(policy.etag, 'base64'), bindings };
}

/** Whether the grant names the caller; a service account and a user are told apart by the address. */
export function isFor(grant: Grant, caller: string): boolean {
  const own = `${isServiceAccount(caller) ? 'serviceAccount' : 'user'}:${caller}`;
  return [own, 'allAuthenticatedUsers', 'allUsers'].includes(grant.member);
}

function findGrant(policy: Policy, role: string, member: string): Grant | undefined {
  return policy.grants.find((grant) => grant.role === role && grant.member === member);
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
