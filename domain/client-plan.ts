/**
 * The planner of provisioning: what exists at Digdir and in our record, compared with what should. Pure, so that a plan
 * can be shown without being carried out. An empty plan means that there is nothing to do.
 */

import { clientChanges, immutableFindings } from './client-body.ts';
import type { ClientBody, FieldChange, ReturnedClient } from './client-body.ts';
import { hasExpired, isDue, isForeign, isRegistered, keyOf, mostKeys, oldKeysOf } from './client-keys.ts';
import type { RegisteredKey } from './client-keys.ts';
import type { ClientRecord, RecordedKey } from './client-record.ts';
import type { Finding } from './failures.ts';
import type { IntegrationType, OAuthClientSpec } from './oauth-client.ts';

/** What the application is told beside its client id and key, by the name of the variable. */
export type Variables = Readonly<Record<string, string>>;

/** How a key is proven: by the request that the application will make itself. */
export type Proof = {
  readonly integrationType: IntegrationType;
  readonly redirectUri?: string;
  readonly scopes: readonly string[];
};

type Described = {
  /** What will change, in plain words. */
  readonly change: string;
  readonly reason: string;
};

export type ClientStep = Described &
  (
    | { readonly kind: 'open-record' }
    /** `replaces`: id of a client that is gone at Digdir. */
    | { readonly kind: 'register-client'; readonly body: ClientBody; readonly replaces?: string }
    | { readonly kind: 'update-client'; readonly body: ClientBody; readonly changes: readonly FieldChange[] }
    | { readonly kind: 'make-key'; readonly kid: string }
    | { readonly kind: 'register-key'; readonly kid: string }
    | { readonly kind: 'prove-key'; readonly kid: string; readonly proof: Proof }
    | { readonly kind: 'publish'; readonly kid: string; readonly variables: Variables }
    /** `seconds`: how long the keys are still taken. */
    | { readonly kind: 'limit-keys'; readonly kids: readonly string[]; readonly seconds: number }
    | { readonly kind: 'remove-keys'; readonly kids: readonly string[] }
    | { readonly kind: 'write-record'; readonly applied?: Applied; readonly state: 'active' | 'preserved' }
    | { readonly kind: 'deactivate-client' }
    | { readonly kind: 'delete-client' }
    | { readonly kind: 'close-record' }
  );

export type StepOf<K extends ClientStep['kind']> = Extract<ClientStep, { kind: K }>;

/** What the record keeps of the declaration that was applied. */
type Applied = Pick<ClientRecord, 'specDigest' | 'clientUri' | 'oldKeys' | 'preserve'>;

export type WantedClient = {
  readonly spec: OAuthClientSpec;
  readonly specDigest: string;
  readonly body: ClientBody;
  readonly variables: Variables;
};

export type ObservedClient = {
  readonly record?: ClientRecord;
  /** The client of the record as Digdir returns it; absent when there is none. */
  readonly found?: ReturnedClient;
  readonly keys: readonly RegisteredKey[];
  /** Ids of candidates whose private half can no longer be read: they are of no use to anybody. */
  readonly lost?: readonly string[];
  /** The published version, without the private key. */
  readonly published?: { readonly kid: string; readonly variables: Variables };
};

/** What no planner may make up: the time, and the id of a key that is yet to be made. */
export type Fresh = { readonly now: Date; readonly kid: string };

export type ClientPlan = {
  readonly steps: readonly ClientStep[];
  /** What stands in the way, and cannot be changed by us. */
  readonly findings: readonly Finding[];
  readonly notices: readonly Finding[];
};

const where = 'client';

export function planApply(wanted: WantedClient, observed: ObservedClient, fresh: Fresh): ClientPlan {
  const { record, found } = observed;
  const steps = [...recordSteps(record), ...clientSteps(wanted, observed)];
  const registers = steps.some(({ kind }) => kind === 'register-client');
  const proof = proofOf(wanted);
  const keys = keySteps({ observed, fresh, registers, proof, variables: wanted.variables, rotate: false });
  steps.push(...keys.steps, ...oldKeySteps(wanted.spec.oldKeys, observed, keys.replaced, registers, fresh));
  const applied: Applied = {
    specDigest: wanted.specDigest,
    clientUri: wanted.body.client_uri,
    oldKeys: wanted.spec.oldKeys,
    preserve: wanted.spec.preserve,
  };
  if (registers || !isRecorded(record, applied)) {
    const reason = 'the next apply compares with it';
    steps.push({ kind: 'write-record', change: 'note what was applied', reason, applied, state: 'active' });
  }
  const findings = [...(found && !registers ? immutableFindings(wanted.body, found, where) : []), ...keys.findings];
  return { steps, findings, notices: keyNotices(observed, registers, fresh, keys.replaced) };
}

export function planRotation(observed: ObservedClient, variables: Variables, fresh: Fresh): ClientPlan {
  const missing = unusable(observed);
  if (missing) return { steps: [], findings: [missing], notices: [] };
  const { record, published, found } = observed;
  const proof = proofOfRegistered(found ?? {}, published?.variables ?? {});
  const keys = keySteps({ observed, fresh, registers: false, proof, variables, rotate: true });
  const policy = record?.oldKeys ?? { until: 'acknowledged' };
  const old = oldKeySteps(policy, observed, keys.replaced, false, fresh);
  return {
    steps: [...keys.steps, ...old],
    findings: keys.findings,
    notices: keyNotices(observed, false, fresh, keys.replaced),
  };
}

/** `version`: the one that the consumer says it uses; the published one when it does not say. */
export function planAcknowledgement(observed: ObservedClient, version: number | undefined, fresh: Fresh): ClientPlan {
  const missing = unusable(observed);
  if (missing) return { steps: [], findings: [missing], notices: [] };
  const { record } = observed;
  if (version !== undefined && version !== record?.published) {
    const message = `Version ${version} is used, and ${record?.published ?? 'none'} is the one to use.`;
    return { steps: [], findings: [{ code: 'CREDENTIALS_OUTDATED', where, message }], notices: [] };
  }
  const kids = oldKeysOf(record).map(({ kid }) => kid);
  const notices = keyNotices({ ...observed, ...(record ? { record: withoutOld(record) } : {}) }, false, fresh);
  const reason = 'the consumer uses the published version';
  return { steps: kids.length > 0 ? [removal(kids, reason)] : [], findings: [], notices };
}

export function planRemoval({ record, found, keys }: ObservedClient): ClientPlan {
  if (!record) return { steps: [], findings: [unknownClient()], notices: [] };
  if (record.state === 'removed') return { steps: [], findings: [], notices: [] };
  if (record.askedAt !== undefined) {
    const message = `Digdir was asked to make the client at ${record.askedAt}, and its answer is not on record.`;
    return { steps: [], findings: [{ code: 'CLIENT_UNFINISHED', where, message }], notices: [] };
  }
  if (record.preserve) {
    if (record.state === 'preserved') return { steps: [], findings: [], notices: [] };
    const change = 'note that the client is no longer declared, and leave it as it is';
    const reason = 'its declaration says digdir.nais.io/preserve';
    return { steps: [{ kind: 'write-record', change, reason, state: 'preserved' }], findings: [], notices: [] };
  }
  const reason = 'the client is no longer wanted';
  const own = keys.filter((key) => !isForeign(record, key)).map(({ kid }) => kid);
  const steps: ClientStep[] = [];
  if (found) {
    if (found['active'] !== false) {
      steps.push({ kind: 'deactivate-client', change: `deactivate the client ${record.clientId ?? ''}`, reason });
    }
    if (own.length > 0) steps.push(removal(own, reason));
    steps.push({ kind: 'delete-client', change: `delete the client ${record.clientId ?? ''}`, reason });
  }
  const change = 'withdraw the credentials, and keep the record as a tombstone';
  steps.push({ kind: 'close-record', change, reason });
  return { steps, findings: [], notices: [] };
}

function recordSteps(record: ClientRecord | undefined): ClientStep[] {
  if (record && record.state !== 'removed') return [];
  const reason = record ? 'the client was removed, and is declared again' : 'there is none';
  return [{ kind: 'open-record', change: 'open a record of the client', reason }];
}

function clientSteps({ spec, specDigest, body }: WantedClient, { record, found }: ObservedClient): ClientStep[] {
  const registering = `register the ${spec.integrationType} client ${body.description}`;
  if (!record?.clientId) {
    return [{ kind: 'register-client', change: registering, reason: 'there is none on record', body }];
  }
  if (!found) {
    const reason = `the client ${record.clientId} is gone at Digdir`;
    return [{ kind: 'register-client', change: registering, reason, body, replaces: record.clientId }];
  }
  const { clientUri } = record;
  const recorded = { ...(clientUri === undefined ? {} : { clientUri }), sameSpec: record.specDigest === specDigest };
  const changes = clientChanges(body, found, recorded);
  if (changes.length === 0) return [];
  const change = `change ${changes.map(({ field }) => field).join(', ')} of the client ${record.clientId}`;
  const reason = changes.map(({ field, reason: why }) => `${field}: ${why}`).join('; ');
  return [{ kind: 'update-client', change, reason, body, changes }];
}

type KeyQuestion = {
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

function keySteps(question: KeyQuestion): KeyAnswer {
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

const removal = (kids: readonly string[], reason: string): ClientStep => ({
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
  return [{ code: 'CLIENT_KEYS_FULL', where, message }];
}

function oldKeySteps(
  policy: OAuthClientSpec['oldKeys'],
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

function isRecorded(record: ClientRecord | undefined, applied: Applied): boolean {
  return (
    record?.state === 'active' &&
    record.specDigest === applied.specDigest &&
    record.clientUri === applied.clientUri &&
    record.preserve === applied.preserve &&
    JSON.stringify(record.oldKeys) === JSON.stringify(applied.oldKeys)
  );
}

/** `replaced`: the key that will be an old one once the plan is carried out. */
function keyNotices(
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

function unusable({ record, found }: ObservedClient): Finding | undefined {
  if (!record?.clientId || record.state === 'removed' || record.published === undefined) return unknownClient();
  if (!found) {
    const message = `The client ${record.clientId} is gone at Digdir.`;
    return { code: 'CLIENT_GONE', where, message };
  }
  return undefined;
}

const unknownClient = (): Finding => ({
  code: 'CLIENT_UNKNOWN',
  where,
  message: 'There is no record of a client that was provisioned.',
});

const withoutOld = (record: ClientRecord): ClientRecord => ({
  ...record,
  keys: record.keys.filter(({ role }) => role !== 'old'),
});

function proofOf({ spec: { integrationType }, body }: WantedClient): Proof {
  const [redirectUri] = body.redirect_uris;
  return { integrationType, scopes: body.scopes, ...(redirectUri === undefined ? {} : { redirectUri }) };
}

/** The proof for a client as it stands at Digdir, when nobody says how it should be. */
function proofOfRegistered(found: ReturnedClient, variables: Variables): Proof {
  const type = found['integration_type'];
  const integrationType = type === 'krr' || type === 'api_klient' ? type : 'idporten';
  const listed = Array.isArray(found['scopes']) ? found['scopes'].map(String) : [];
  const registered = Array.isArray(found['redirect_uris']) ? String(found['redirect_uris'][0]) : undefined;
  const redirectUri = variables['IDPORTEN_REDIRECT_URI'] ?? registered;
  return { integrationType, scopes: listed, ...(redirectUri === undefined ? {} : { redirectUri }) };
}
