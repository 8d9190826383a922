/** `digdir approve` and `digdir reject`: a decision about exactly the plan that was seen. */

import { readFile } from 'node:fs/promises';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { decodeJwt } from 'jose';
import { gateNames } from '../../domain/approval.ts';
import type { Decision, GateName } from '../../domain/approval.ts';
import { failureOf } from '../../domain/failures.ts';
import type { FailureCode } from '../../domain/failures.ts';
import { Refusal } from '../../domain/refusal.ts';
import { provisioningType } from '../../domain/provisioning.ts';
import { clientStatusQuery, decideUpdate } from '../../workflows/messages.ts';
import type { Awaiting } from '../../workflows/messages.ts';
import { certificatesOf } from '../awaiting.ts';
import { option, requiredOption, requiredWords } from '../call.ts';
import type { Call } from '../call.ts';
import { withTemporal } from '../connect.ts';
import { clientPlanText } from '../client-plan-text.ts';
import { answered, readStatus } from '../follow.ts';
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
    const type = await requireRunning(handle);
    await requireWorkflowWorker(client, prefix);
    const matter =
      type === provisioningType ? await clientMatter(client, handle) : await onboardingMatter(client, handle);
    requireKidTaken(call, gate, matter);
    const digest = await digestToDecide(call, gate, verdict, matter);
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

/** The workflow type of the run. Fails with `code` when it is over or was never there. */
export async function requireRunning(
  handle: WorkflowHandle,
  code: FailureCode = 'DECISION_NOT_AWAITED',
): Promise<string> {
  if (handle.workflowId === '')
    throw new Refusal('USAGE', 'say which run: its workflow id, as `digdir approvals` shows it');
  const found = await handle.describe().catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
  if (found?.status.name === 'RUNNING') return found.type;
  const state = found ? `has ended (${found.status.name})` : 'is not known';
  throw new Refusal(code, `the run ${handle.workflowId} ${state}`);
}

/** What can be decided about in a run. */
type Matter = {
  readonly workflowId: string;
  readonly awaiting?: Awaiting;
  /** How the admin client proves itself; nothing for a client of an application. */
  readonly assertion?: 'x5c' | 'kid';
  /** What a person is shown of the plan with this digest. */
  readonly sheet: (digest: string | undefined) => string[] | undefined;
};

/** The plan with the digest, the certificate, and what came of it last time. */
async function onboardingMatter(client: Client, handle: WorkflowHandle): Promise<Matter> {
  const { workflowId, awaiting, plans, request } = await readStatus(client, handle);
  const sheet = (digest: string | undefined) => {
    const found = plans.findLast((one) => one.digest === digest);
    if (!found) return undefined;
    const { kind, clientId, organisation, scopes } = found.plan.subject;
    const { lastRefusal } = found.plan;
    return [
      ...planText({ kind, plans: [found] }).split('\n'),
      ...certificatesOf(found.plan.subject),
      `client ${clientId}, organisation ${organisation}, scopes ${scopes.join(' ')}`,
      ...(lastRefusal ? [`what came of it last time: ${lastRefusal}`] : []),
    ];
  };
  return { workflowId, sheet, assertion: request.client.assertion, ...(awaiting ? { awaiting } : {}) };
}

/** The whole plan of the request that waits. */
async function clientMatter(client: Client, handle: WorkflowHandle): Promise<Matter> {
  const { workflowId, asked } = await answered(client, handle, clientStatusQuery);
  if (!asked) return { workflowId, sheet: () => undefined };
  const { awaiting, plan, operation, requestedBy } = asked;
  const title = `${operation} of ${workflowId}, for ${requestedBy}`;
  const sheet = (digest: string | undefined) =>
    digest === awaiting.digest ? clientPlanText(title, plan).trimEnd().split('\n') : undefined;
  return { workflowId, awaiting, sheet };
}

/** A kid that would go nowhere is a misunderstanding: of the gate, or of how the client proves itself. */
function requireKidTaken(call: Call, gate: GateName, { assertion }: Matter): void {
  if (option(call, 'kid') === undefined) return;
  if (gate !== 'registration') throw new Refusal('USAGE', '--kid is told at the gate registration alone');
  if (assertion !== 'x5c') return;
  const instead =
    'where Digdir has registered the certificate under a kid, the tenant file has to say `assertion: kid`';
  throw new Refusal('USAGE', `--kid: this client proves itself by its certificate chain, without a kid; ${instead}`);
}

/** The digest that was given; else, once the person has seen the plan and said yes, that of the plan that is awaited. */
async function digestToDecide(
  call: Call,
  gate: GateName,
  verdict: Decision['verdict'],
  { workflowId, awaiting, sheet }: Matter,
): Promise<string> {
  const awaited = awaiting?.what === 'decision' && awaiting.gate === gate ? awaiting.digest : undefined;
  const given = option(call, 'digest');
  const shown = given ?? awaited;
  const unknown = [`No plan of ${workflowId} has the digest ${shown ?? '(none)'}.`];
  const lines = sheet(shown);
  for (const line of lines ? [...lines, `digest ${shown}`] : unknown) call.output.say(line);
  // A digest that is given is sent even where nothing awaits it: the run answers, and keeps the attempt on record.
  if (given !== undefined) return given;
  if (awaited === undefined)
    throw new Refusal('DECISION_NOT_AWAITED', `${workflowId} waits for no decision at ${gate}`);
  if (await confirms(`To ${verdict} this, as ${decider(call)}?`)) return awaited;
  throw new Refusal('NOT_CONFIRMED', 'nothing was decided');
}

function decisionOf(call: Call, decided: Omit<Decision, 'by' | 'reason' | 'kid'>): Decision {
  const kid = option(call, 'kid');
  return {
    ...decided,
    by: decider(call),
    reason: requiredWords(call, 'reason'),
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
