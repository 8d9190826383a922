/** `digdir approve` and `digdir reject`: a decision about exactly the plan that was seen. */

import { readFile } from 'node:fs/promises';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { decodeJwt } from 'jose';
import { gateNames } from '../../domain/approval.ts';
import type { Decision, GateName } from '../../domain/approval.ts';
import { failureOf } from '../../domain/failures.ts';
import { Refusal } from '../../domain/refusal.ts';
import { decideUpdate } from '../../workflows/messages.ts';
import type { RunStatus } from '../../workflows/messages.ts';
import { certificateLines } from '../awaiting.ts';
import { option, requiredOption } from '../call.ts';
import type { Call } from '../call.ts';
import { withTemporal } from '../connect.ts';
import { readStatus } from '../follow.ts';
import { writeJson } from '../output.ts';
import { confirms, personName } from '../person.ts';
import { planText } from '../plan-text.ts';
import { sendUpdate } from '../update.ts';
import { requireWorkflowWorker } from '../workers.ts';

export async function decide(call: Call, verdict: Decision['verdict']): Promise<number> {
  const [workflowId = ''] = call.arguments;
  const gate = readGate(requiredOption(call, 'gate'));
  if (option(call, 'digest') === undefined && !call.output.interactive) {
    throw new Refusal('USAGE', 'without a terminal, --digest has to say which plan the decision is about');
  }
  const idToken = await readToken(call);
  const given = option(call, 'digest');
  if (given !== undefined) requireBound(idToken, given);
  return await withTemporal(call, async ({ client, prefix }) => {
    const handle = client.workflow.getHandle(workflowId);
    await requireRunning(handle);
    await requireWorkflowWorker(client, prefix);
    const status = await readStatus(client, handle);
    const digest = await digestToDecide(call, gate, verdict, status);
    requireBound(idToken, digest);
    const decision = decisionOf(call, { gate, verdict, digest, ...(idToken === undefined ? {} : { idToken }) });
    const answer = await sendUpdate(handle, decideUpdate, decision);
    if (call.output.json) writeJson(call.output, answer);
    else call.output.data(`${answer.outcome}: ${answer.message}${answer.code ? ` [${answer.code}]` : ''}`);
    if (answer.outcome === 'counted') return 0;
    return answer.code ? failureOf(answer.code).exitCode : failureOf('DECISION_NOT_AWAITED').exitCode;
  });
}

function readGate(text: string): GateName {
  const gate = gateNames.find((known) => known === text);
  if (!gate) throw new Refusal('USAGE', `--gate is ${gateNames.join(', ')}, not ${JSON.stringify(text)}`);
  return gate;
}

/** Fails with DECISION_NOT_AWAITED when the run is over or was never there. */
export async function requireRunning(handle: WorkflowHandle): Promise<void> {
  const found = await handle.describe().catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
  if (found?.status.name === 'RUNNING') return;
  const state = found ? `has ended (${found.status.name})` : 'is not known';
  throw new Refusal('DECISION_NOT_AWAITED', `the run ${handle.workflowId} ${state}`);
}

/** The digest that was given; else, once the person has seen the plan and said yes, that of the plan that is awaited. */
async function digestToDecide(
  call: Call,
  gate: GateName,
  verdict: Decision['verdict'],
  status: RunStatus,
): Promise<string> {
  const awaited =
    status.awaiting?.what === 'decision' && status.awaiting.gate === gate ? status.awaiting.digest : undefined;
  const given = option(call, 'digest');
  for (const line of decisionSheet(status, given ?? awaited)) call.output.say(line);
  // A digest that is given is sent even where nothing awaits it: the run answers, and keeps the attempt on record.
  if (given !== undefined) return given;
  if (awaited === undefined)
    throw new Refusal('DECISION_NOT_AWAITED', `${status.workflowId} waits for no decision at ${gate}`);
  if (await confirms(`To ${verdict} this, as ${decider(call)}?`)) return awaited;
  throw new Refusal('USAGE', 'nothing was decided');
}

/** What the decision is about: the plan with the digest, the certificate, and what came of it last time. */
function decisionSheet(status: RunStatus, digest: string | undefined): string[] {
  const found = status.plans.findLast((one) => one.digest === digest);
  if (!found) return [`No plan of ${status.workflowId} has the digest ${digest ?? '(none)'}.`];
  const { plan } = found;
  return [
    ...planText({ kind: plan.subject.kind, plans: [found] }).split('\n'),
    ...certificateLines(plan.subject.certificate),
    `client ${plan.subject.clientId}, organisation ${plan.subject.organisation}, scopes ${plan.subject.scopes.join(' ')}`,
    ...(plan.lastRefusal ? [`what came of it last time: ${plan.lastRefusal}`] : []),
    `digest ${found.digest}`,
  ];
}

function decisionOf(call: Call, decided: Omit<Decision, 'by' | 'reason' | 'kid'>): Decision {
  const kid = option(call, 'kid');
  return {
    ...decided,
    by: decider(call),
    reason: requiredOption(call, 'reason'),
    ...(kid === undefined ? {} : { kid }),
  };
}

const decider = (call: Call): string => personName(option(call, 'by'), call.environment);

async function readToken(call: Call): Promise<string | undefined> {
  const file = option(call, 'idTokenFile');
  if (file === undefined) return undefined;
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Refusal('FILE_UNREADABLE', file);
  });
  return text.trim();
}

/** An ID token that is good for anything else than this decision must never be sent, as it is kept on record. */
function requireBound(idToken: string | undefined, digest: string): void {
  if (idToken === undefined || isBoundTo(idToken, digest)) return;
  const message = `the ID token was not sent: neither its only audience nor its nonce is ${digest}`;
  throw new Refusal('DECISION_UNVERIFIED', message);
}

/** Whether the token's sole audience or its nonce is the digest. */
function isBoundTo(token: string, digest: string): boolean {
  try {
    const { aud, nonce } = decodeJwt(token);
    const audiences = aud === undefined ? [] : [aud].flat();
    return (audiences.length === 1 && audiences[0] === digest) || nonce === digest;
  } catch {
    return false;
  }
}
