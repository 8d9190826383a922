/** What the demo has to show, as data and as lines. */

import type { OnboardingResult } from '../domain/onboarding.ts';
import type { DemoApplication } from './demo-application.ts';
import type { DemoRotation } from './demo-rotation.ts';
import type { ClientRun } from './run-end.ts';

/** One line of the world's ledger of calls. */
export type CountedCall = { readonly system: string; readonly method: string };

export type DemoReport = ReturnType<typeof demoReport>;

/** Seconds with three decimals throughout. */
export function demoReport(
  runs: readonly ClientRun[],
  applications: readonly DemoApplication[],
  calls: readonly CountedCall[],
  seconds: number,
  rotation?: DemoRotation,
) {
  const count = (system: string, method?: string) =>
    calls.filter((call) => call.system === system && (!method || call.method === method)).length;
  return {
    clients: runs.map(clientReport),
    applications: applications.map(applicationReport),
    counts: {
      kmsSignatures: count('kms', 'AsymmetricSign'),
      tokenRequests: count('maskinporten', 'POST /token'),
      kmsCalls: count('kms'),
      secretManagerCalls: count('secret-manager'),
      resourceManagerCalls: count('resource-manager'),
      maskinportenCalls: count('maskinporten'),
      selfServiceCalls: count('self-service'),
      idportenCalls: count('idporten'),
    },
    ...(rotation ? { rotation } : {}),
    seconds: round(seconds),
  };
}

function clientReport({ kind, workflowId, exitCode, end }: ClientRun) {
  if (end.state !== 'ended') return { kind, workflowId, exitCode, state: end.state };
  const { outcome, resources, certificate, active, grantedScopes, decisions, handover } = end.result;
  return {
    kind,
    workflowId,
    exitCode,
    outcome,
    resources,
    activeDocument: active?.version,
    assertion: active?.document.assertion,
    certificate: certificate && {
      subject: certificate.subject,
      serialNumber: certificate.serialNumber,
      fingerprint: certificate.fingerprint,
      notAfter: certificate.notAfter,
    },
    grantedScopes,
    approvals: decisions.map(({ gate, verdict, decidedBy, reason, at, outcome: what }) => ({
      gate,
      verdict,
      by: decidedBy,
      reason,
      at,
      outcome: what,
    })),
    steps: timings(end.result),
    yaml: handover?.yaml,
  };
}

function applicationReport({ client, workflowId, end, variables }: DemoApplication) {
  if (end.state !== 'ended') return { client, workflowId, state: end.state };
  const { outcome, clientId, published, steps } = end.result;
  return {
    client,
    workflowId,
    outcome,
    clientId,
    published,
    variables,
    steps: steps.map(({ kind, change, state, startedAt, endedAt }) => ({
      step: kind,
      change,
      state,
      seconds: secondsBetween(startedAt, endedAt),
    })),
  };
}

const timings = ({ steps }: OnboardingResult) =>
  steps.map(({ phase, kind, resource, change, state, startedAt, endedAt }) => ({
    phase,
    step: kind,
    resource,
    change,
    state,
    seconds: secondsBetween(startedAt, endedAt),
  }));

export function reportLines({ counts, rotation, seconds }: DemoReport): string[] {
  const { kmsSignatures, tokenRequests, kmsCalls, secretManagerCalls, selfServiceCalls } = counts;
  return [
    '',
    `${kmsSignatures} signatures by KMS, ${tokenRequests} token requests, ${selfServiceCalls} calls to the self-service API,`,
    `${kmsCalls} calls to KMS and ${secretManagerCalls} to Secret Manager, in ${seconds} s.`,
    ...(rotation ? rotationLines(rotation) : []),
  ];
}

const rotationLines = ({ requests, failed, failures }: DemoRotation): string[] => [
  `${requests} requests while certificates were rotated, and rolled back: ${failed} of them failed.`,
  ...failures.map(({ requester, reason }) => `  ${requester}: ${reason}`),
];

const secondsBetween = (from: string, to: string | undefined): number | undefined =>
  to === undefined ? undefined : round((Date.parse(to) - Date.parse(from)) / 1000);

const round = (value: number): number => Math.round(value * 1000) / 1000;
