/** What people are told of a compromised key: above its plan, and in the status of its run. It need not be the active one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compromisedKey } from '../../client/compromised-key.ts';
import { previewText } from '../../client/plan-text.ts';
import type { Certificate } from '../../domain/certificate.ts';
import { defaultPace } from '../../domain/onboarding.ts';
import type { StepRecord } from '../../domain/onboarding.ts';
import type { DigestedPlan, PhaseName, PlanSubject } from '../../domain/plan.ts';
import { defaultRotation } from '../../domain/rotation.ts';
import type { RotationRequest } from '../../domain/rotation.ts';
import type { RunStatus } from '../../workflows/messages.ts';

const certificate = (serialNumber: string): Certificate => ({
  subject: `CN=${serialNumber}`,
  issuer: 'CN=authority',
  serialNumber,
  organisation: '991825827',
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2029-01-01T00:00:00.000Z',
  fingerprint: '00',
  publicKey: serialNumber,
  keySize: 2048,
});

const plan = (phase: PhaseName, subject: PlanSubject, isEmpty = false): DigestedPlan => {
  const step = { kind: 'disable-key-version', resource: 'r', change: 'c', reason: 'w', risk: 'notable' } as const;
  return { plan: { phase, subject, steps: isEmpty ? [] : [step], attempt: 1 }, digest: 'sha256:0' };
};

const subject: PlanSubject = {
  run: 'r',
  tenant: 't',
  environment: 'local',
  organisation: '991825827',
  kind: 'maskinporten',
  clientId: 'c',
  scopes: [],
  certificate: certificate('0B'),
  google: { project: 'p', location: 'l', keyRing: 'k', protectionLevel: 'SOFTWARE', replication: 'automatic' },
  platform: 'user:p@example.no',
  approval: {},
};

const headOf = (plans: readonly DigestedPlan[], compromised: string): string[] =>
  previewText({ kind: 'maskinporten', plans, compromised }).split('\n\n')[0]?.split('\n') ?? [];

test('of the active one it says that nothing goes in yet, however the serial number is written', () => {
  const [head, named, , none] = headOf([plan('revocation', subject)], '0:b');
  assert.equal(head, 'maskinporten, whose key is taken out of use for good:');
  assert.match(named ?? '', /serial number 0B$/);
  assert.match(none ?? '', /nothing goes in yet: .*--key-file/);
});

test('of another one it says that the active one stays, whether or not that was given', () => {
  const revocation = plan('revocation', subject);
  const given = [revocation, plan('custody', subject, true), plan('registration', subject, true)];
  for (const plans of [[revocation], given]) {
    const [head, named, stays, active] = headOf(plans, '0A');
    assert.equal(head, 'maskinporten, whose key is taken out of use for good:');
    assert.equal(named, '  serial number 0A');
    assert.match(stays ?? '', /another one is active, and stays/);
    assert.match(active ?? '', /serial number 0B$/);
  }
});

test('with a certificate that goes in it names that, and what it replaces', () => {
  const next = { ...subject, certificate: certificate('0C'), replaces: certificate('0B') };
  const head = headOf([plan('revocation', subject), plan('custody', next, true), plan('registration', next)], '0B');
  assert.equal(head[0], 'maskinporten, what goes in:');
  assert.match(head[1] ?? '', /serial number 0C$/);
  assert.match(head.slice(3).join('\n'), /^ {2}in the place of:\n.*serial number 0B\n/);
});

test('of one for whose key another certificate is active it says so, and that nothing goes in yet', () => {
  const [head, active, , same, none] = headOf([plan('revocation', { ...subject, compromised: true })], '0A');
  assert.equal(head, 'maskinporten, whose key is taken out of use for good:');
  assert.match(active ?? '', /serial number 0B$/);
  assert.match(same ?? '', /serial number 0A is of another certificate for the same key$/);
  assert.match(none ?? '', /nothing goes in yet/);
});

/** The status of a run about this serial number, while 0B is active and its key has one step to take. */
function statusOf(
  compromised: string | undefined,
  plans: readonly DigestedPlan[],
  state?: StepRecord['state'],
): RunStatus {
  const { run: _run, certificate: active, replaces: _replaces, clientId, scopes, ...place } = subject;
  const client = { clientId, scopes, assertion: 'x5c' } as const;
  const rotation = { ...defaultRotation, ...(compromised === undefined ? {} : { compromised }) };
  const request: RotationRequest = { ...place, client, existing: {}, requestedBy: 'per', pace: defaultPace, rotation };
  const step = { phase: 'revocation', kind: 'disable-key-version', resource: 'r', change: 'c', startedAt: '' } as const;
  const steps = state ? [{ ...step, state }] : [];
  return { workflowId: 'w', request, phase: 'ended', plans, active, steps, decisions: [], notices: [] };
}

test('the key of the active certificate is out of use once all that was planned is done', () => {
  const planned = [plan('revocation', subject)];
  assert.equal(compromisedKey(statusOf('0:b', planned, 'done')), 'out of use');
  assert.equal(compromisedKey(statusOf('0B', planned, 'failed')), 'still in use');
  assert.equal(compromisedKey(statusOf('0B', planned)), 'still in use');
  assert.equal(compromisedKey(statusOf('0B', [])), 'still in use', 'what there is to take away was never seen');
  assert.equal(compromisedKey(statusOf('0B', [plan('revocation', subject, true)])), 'out of use', 'it was before');
});

test('the key of the active certificate is out of use though another certificate for it was named', () => {
  const planned = [plan('revocation', { ...subject, compromised: true })];
  assert.equal(compromisedKey(statusOf('0A', planned, 'done')), 'out of use');
  const next = { ...statusOf('0A', planned, 'done'), active: certificate('0C') };
  assert.equal(compromisedKey(next), undefined, 'another one took its place');
});

test('nothing is said of the active certificate where another one is compromised, or none', () => {
  assert.equal(compromisedKey(statusOf('0A', [plan('revocation', subject)], 'done')), undefined);
  assert.equal(compromisedKey(statusOf(undefined, [])), undefined);
});
