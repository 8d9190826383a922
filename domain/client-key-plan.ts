/**
 * The planner of a client's keys: whether one has to be made, which steps bring it into use, and what becomes of those
 * before it.
 */

import { hasExpired, isDue, isForeign, isRegistered, keyOf, mostKeys, oldKeysOf } from './client-keys.ts';
import type { ClientStep, Fresh, ObservedClient, Proof, Variables } from './client-step.ts';
import type { RecordedKey } from './client-record.ts';
import type { Finding } from './failures.ts';
import type { OldKeyPolicy } from './oauth-client.ts';

export type KeyQuestion = {
  readonly observed: ObservedClient;
  readonly fresh: Fresh;
  /** Whether the client is only being made, so that it has no key of ours. */
  readonly registers: boolean;
  readonly proof: Proof;
  readonly variables: Variables;
  readonly rotate: boolean;
};

type KeyAnswer = {
  readonly steps: readonly ClientStep[];
  readonly findings: readonly Finding[];
  /** The key that is published now, where another one takes its place. */
  readonly replaced?: RecordedKey;
};

export function keySteps(question: KeyQuestion): KeyAnswer {
  const { observed, fresh, registers, rotate } = question;
  const { record, keys, published, lost = [] } = observed;
  const current = registers ? undefined : keyOf(record, 'current');
  const made = registers ? undefined : keyOf(record, 'candidate');
  const candidate = made && !lost.includes(made.kid) ? made : undefined;
  const registered = keys.find(({ kid }) => kid === current?.kid);
  const expired = registered !== undefined && hasExpired(registered, fresh.now);
  const due = current !== undefined && isDue(current, registered, fresh.now);
  if (current && published?.kid === current.kid && !candidate && !rotate && !due && !expired) {
    return { steps: upkeep(question, current), findings: [] };
  }
  const kid = candidate?.kid ?? fresh.kid;
  const why = candidate
    ? 'a key was made before, and is not published yet'
    : newKeyReason(current, { rotate, due, expired });
  const making: ClientStep[] = candidate
    ? []
    : [
        {
          kind: 'make-key',
          change: `make the key ${kid}, its private half for Secret Manager alone`,
          reason: why,
          kid,
        },
      ];
  const isNew = registers || !isRegistered(keys, kid);
  return {
    steps: [
      ...making,
      ...(isNew ? [registration(kid, why)] : []),
      { kind: 'prove-key', change: `prove the key ${kid} by a real request`, reason: why, kid, proof: question.proof },
      {
        kind: 'publish',
        change: `publish the credentials with the key ${kid}`,
        reason: 'only what is proven is published',
        kid,
        variables: question.variables,
      },
    ],
    findings: isNew && !registers ? fullness(observed, fresh) : [],
    ...(current ? { replaced: current } : {}),
  };
}

function newKeyReason(
  current: RecordedKey | undefined,
  why: { readonly rotate: boolean; readonly due: boolean; readonly expired: boolean },
): string {
  if (why.rotate) return 'a new key was asked for';
  if (why.expired) return `the key ${current?.kid ?? ''} has expired`;
  if (why.due) return `two thirds of the life of the key ${current?.kid ?? ''} are over`;
  return current ? 'the published credentials cannot be used' : 'the client has no key of ours';
}

/** What the published key and its credentials need, to be as they were. */
function upkeep({ observed, fresh, proof, variables }: KeyQuestion, { kid }: RecordedKey): ClientStep[] {
  const { keys, published } = observed;
  const steps: ClientStep[] = [];
  if (!isRegistered(keys, kid)) {
    const reason = `the key ${kid} is published, and was removed at Digdir`;
    steps.push(registration(kid, reason));
    steps.push({ kind: 'prove-key', change: `prove the key ${kid} by a real request`, reason, kid, proof });
  }
  const changed = differing(variables, published?.variables ?? {});
  if (changed.length > 0 && !hasExpired({ kid }, fresh.now)) {
    const reason = `changed: ${changed.join(', ')}`;
    steps.push({ kind: 'publish', change: 'publish the credentials anew, with the same key', reason, kid, variables });
  }
  return steps;
}

function differing(wanted: Variables, found: Variables): string[] {
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
  return names.filter((name) => wanted[name] !== found[name]);
}

const registration = (kid: string, reason: string): ClientStep => ({
  kind: 'register-key',
  change: `register the public half of ${kid} beside the keys that are there`,
  reason,
  kid,
});

export const removal = (kids: readonly string[], reason: string): ClientStep => ({
  kind: 'remove-keys',
  change: `remove ${kids.join(', ')} from the client's keys`,
  reason,
  kids,
});

/** A sixth key is never attempted: Digdir refuses it, and may refuse the whole set. */
function fullness({ record, keys }: ObservedClient, { now }: Fresh): Finding[] {
  const staying = keys.filter((key) => isForeign(record, key) || !hasExpired(key, now));
  if (staying.length < mostKeys) return [];
  const message = `The client has ${staying.length} keys at Digdir: ${staying.map(({ kid }) => kid).join(', ')}.`;
  return [{ code: 'CLIENT_KEYS_FULL', where: 'client', message }];
}

export function oldKeySteps(
  policy: OldKeyPolicy,
  { record, keys, lost = [] }: ObservedClient,
  replaced: RecordedKey | undefined,
  registers: boolean,
  { now }: Fresh,
): ClientStep[] {
  if (registers) return [];
  const old = [...oldKeysOf(record), ...(replaced ? [replaced] : [])];
  const registered = keys.filter(({ kid }) => old.some((key) => key.kid === kid));
  const gone = oldKeysOf(record)
    .filter(({ kid }) => !isRegistered(keys, kid))
    .map(({ kid }) => kid);
  const over = [...registered.filter((key) => hasExpired(key, now)).map(({ kid }) => kid), ...gone, ...lost];
  const steps: ClientStep[] = over.length > 0 ? [removal(over, 'nobody can use them any more')] : [];
  if (policy.until !== 'elapsed') return steps;
  const ending = old.filter(({ ends }) => ends !== undefined).map(({ kid }) => kid);
  const limited = registered.filter(({ kid }) => !over.includes(kid) && !ending.includes(kid));
  if (limited.length === 0) return steps;
  const kids = limited.map(({ kid }) => kid);
  const change = `let ${kids.join(', ')} end in ${policy.seconds} seconds`;
  const reason = 'the policy of the client (digdir.nais.io/old-keys)';
  return [...steps, { kind: 'limit-keys', change, reason, kids, seconds: policy.seconds }];
}

/** `replaced`: the key that will be an old one once the plan is carried out. */
export function keyNotices(
  { record, keys }: ObservedClient,
  registers: boolean,
  { now }: Fresh,
  replaced?: RecordedKey,
): Finding[] {
  if (registers) return [];
  const old = [...oldKeysOf(record), ...(replaced ? [replaced] : [])].map(({ kid }) => kid);
  return keys.flatMap((key): Finding[] => {
    const until = key.exp === undefined ? '' : `, until ${new Date(key.exp * 1000).toISOString()} at the longest`;
    if (isForeign(record, key)) {
      return [{ code: 'CLIENT_KEY_FOREIGN', where: key.kid, message: `The key ${key.kid} is not ours, and stays.` }];
    }
    if (!old.includes(key.kid) || hasExpired(key, now)) return [];
    return [{ code: 'CLIENT_KEY_KEPT', where: key.kid, message: `The old key ${key.kid} still works${until}.` }];
  });
}
