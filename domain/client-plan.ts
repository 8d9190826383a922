/**
 * The planner of provisioning: what exists at Digdir and in our record, compared with what should. Pure, so that a plan
 * can be shown without being carried out. An empty plan means that there is nothing to do.
 */

import { clientChanges, immutableFindings } from './client-body.ts';
import type { ReturnedClient } from './client-body.ts';
import { keyNotices, keySteps, oldKeySteps, removal } from './client-key-plan.ts';
import { isForeign, keyOf, oldKeysOf } from './client-keys.ts';
import type { ClientRecord } from './client-record.ts';
import type {
  Applied,
  ClientPlan,
  ClientStep,
  Fresh,
  ObservedClient,
  Proof,
  Variables,
  WantedClient,
} from './client-step.ts';
import type { Finding } from './failures.ts';
import type { ClientSpec } from './oauth-client.ts';
import { planScopeEnds, planScopes } from './scope-plan.ts';

const where = 'client';

export function planApply(wanted: WantedClient, observed: ObservedClient, fresh: Fresh): ClientPlan {
  const { record, found } = observed;
  const steps = [...recordSteps(record), ...clientSteps(wanted, observed)];
  const registers = steps.some(({ kind }) => kind === 'register-client');
  const proof = proofOf(wanted);
  const keys = keySteps({ observed, fresh, registers, proof, variables: wanted.variables, rotate: false });
  const old = oldKeySteps(wanted.spec.oldKeys, observed, keys.replaced, registers, fresh);
  steps.push(...keys.steps, ...old);
  const scopes = planScopes(wanted.body.description, wanted.scopes, observed.scopes ?? [], record);
  steps.push(...scopes.steps);
  const applied: Applied = {
    specDigest: wanted.specDigest,
    clientUri: wanted.body.client_uri,
    oldKeys: wanted.spec.oldKeys,
    preserve: wanted.spec.preserve,
    scopes: wanted.scopes.map(({ name }) => name),
  };
  if (registers || !isRecorded(record, applied)) {
    const reason = 'the next apply compares with it';
    steps.push({ kind: 'write-record', change: 'note what was applied', reason, applied, state: 'active' });
  }
  const findings = [
    ...(found && !registers ? immutableFindings(wanted.body, found, where) : []),
    ...keys.findings,
    ...scopes.findings,
  ];
  return { steps, findings, notices: keyNotices(lasting(observed, old), registers, fresh, keys.replaced) };
}

/** `replaces`: the key that is to be replaced; when another one is published by now, there is nothing to do. */
export function planRotation(
  observed: ObservedClient,
  variables: Variables,
  fresh: Fresh,
  replaces?: string,
): ClientPlan {
  const missing = unusable(observed);
  if (missing) return { steps: [], findings: [missing], notices: [] };
  if (replaces !== undefined && keyOf(observed.record, 'current')?.kid !== replaces) {
    return { steps: [], findings: [], notices: keyNotices(observed, false, fresh) };
  }
  const { record, published, found } = observed;
  const proof = proofOfRegistered(found ?? {}, published?.variables ?? {});
  const keys = keySteps({ observed, fresh, registers: false, proof, variables, rotate: true });
  const policy = record?.oldKeys ?? { until: 'acknowledged' };
  const old = oldKeySteps(policy, observed, keys.replaced, false, fresh);
  return {
    steps: [...keys.steps, ...old],
    findings: keys.findings,
    notices: keyNotices(lasting(observed, old), false, fresh, keys.replaced),
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
  const staying = observed.keys.filter(({ kid }) => !kids.includes(kid));
  const notices = keyNotices({ ...observed, keys: staying }, false, fresh);
  const reason = 'the consumer uses the published version';
  return { steps: kids.length > 0 ? [removal(kids, reason)] : [], findings: [], notices };
}

/** `mark`: by which the client's own scopes are known. */
export function planRemoval(mark: string, { record, found, keys, scopes = [] }: ObservedClient): ClientPlan {
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
  const steps: ClientStep[] = planScopeEnds(mark, scopes, record);
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

/** What is left to be said of keys: the plan itself says which of them it lets end, and when. */
function lasting(observed: ObservedClient, steps: readonly ClientStep[]): ObservedClient {
  const ending = steps.flatMap((step) => (step.kind === 'limit-keys' ? step.kids : []));
  return { ...observed, keys: observed.keys.filter(({ kid }) => !ending.includes(kid)) };
}

function isRecorded(record: ClientRecord | undefined, applied: Applied): boolean {
  return (
    record?.state === 'active' &&
    record.specDigest === applied.specDigest &&
    record.clientUri === applied.clientUri &&
    record.preserve === applied.preserve &&
    record.scopes.join(' ') === applied.scopes.join(' ') &&
    JSON.stringify(record.oldKeys) === JSON.stringify(applied.oldKeys)
  );
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

function proofOf({ spec: { integrationType }, body }: WantedClient): Proof {
  const [redirectUri] = body.redirect_uris;
  return {
    integrationType,
    scopes: provenScopes(integrationType, body.scopes),
    ...(redirectUri === undefined ? {} : { redirectUri }),
  };
}

/** The proof for a client as it stands at Digdir, when nobody says how it should be. */
function proofOfRegistered(found: ReturnedClient, variables: Variables): Proof {
  const type = found['integration_type'];
  const integrationType = type === 'krr' || type === 'api_klient' || type === 'maskinporten' ? type : 'idporten';
  const listed = Array.isArray(found['scopes']) ? found['scopes'].map(String) : [];
  const scopes = provenScopes(integrationType, listed);
  const registered = Array.isArray(found['redirect_uris']) ? String(found['redirect_uris'][0]) : undefined;
  const redirectUri = variables['IDPORTEN_REDIRECT_URI'] ?? registered;
  return { integrationType, scopes, ...(redirectUri === undefined ? {} : { redirectUri }) };
}

/** A grant proves the key with one scope as well as with all, and the more are asked for, the more may be in its way. */
const provenScopes = (type: ClientSpec['integrationType'], scopes: readonly string[]): readonly string[] =>
  type === 'maskinporten' ? scopes.slice(0, 1) : scopes;
