/** `digdir status`: how the onboarding of each admin client stands, running or ended; or how an application's client does. */

import { WorkflowNotFoundError } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import { describeFinding } from '../../domain/failures.ts';
import type { ObservedActive } from '../../domain/active-document.ts';
import { adminClientWorkflowId } from '../../domain/names.ts';
import { onboardingType } from '../../domain/onboarding.ts';
import type { OnboardingResult } from '../../domain/onboarding.ts';
import { Refusal } from '../../domain/refusal.ts';
import { oneLine } from '../../domain/plain-text.ts';
import { rotationType } from '../../domain/rotation.ts';
import { clientKinds } from '../../domain/tenant.ts';
import type { RunStatus } from '../../workflows/messages.ts';
import { typeName } from '../already-running.ts';
import { describeAwaiting, handInCommand, shortTime } from '../awaiting.ts';
import type { Typed } from '../awaiting.ts';
import { option } from '../call.ts';
import type { Call } from '../call.ts';
import { readReference } from '../client-reference.ts';
import { standingText } from '../client-standing-text.ts';
import { standingOf as clientStandingOf } from '../client-standing.ts';
import { compromisedKey } from '../compromised-key.ts';
import { withTemporal } from '../connect.ts';
import { failureDocument, failureLines } from '../failure.ts';
import { endOfRun, readStatus } from '../follow.ts';
import { connection, furtherOptions, given } from '../given-options.ts';
import { runLink } from '../links.ts';
import { decisionLine } from '../narration.ts';
import { writeJson } from '../output.ts';
import type { RunEnd } from '../run-end.ts';
import { word } from '../shell.ts';
import { readTenant, tenantPath } from '../tenant-input.ts';
import { tryingIn, tryingLines } from '../trying.ts';
import type { Trying } from '../trying.ts';

type Standing = {
  readonly workflowId: string;
  readonly state: 'none' | 'running' | 'ended';
  readonly runId?: string;
  readonly link?: string;
  /** What the run itself says; absent when no worker answers. */
  readonly status?: RunStatus;
  /** What it tries again at present; absent when there is nothing. */
  readonly trying?: readonly Trying[];
  readonly end?: RunEnd;
};

export async function status(call: Call): Promise<number> {
  return await (call.arguments.length > 0 ? statusOfClient(call) : statusOfOnboarding(call));
}

async function statusOfClient(call: Call): Promise<number> {
  if (option(call, 'workflow') !== undefined) throw new Refusal('USAGE', 'give a client or --workflow, one of them');
  const reference = await readReference(call, option(call, 'file') ?? tenantPath(call));
  const standing = await withTemporal(
    call,
    async (temporal) => await clientStandingOf(call.environment, reference, temporal),
  );
  if (call.output.json) writeJson(call.output, standing);
  else call.output.data(standingText(standing, new Date(), furtherOptions(call)));
  return 0;
}

async function statusOfOnboarding(call: Call): Promise<number> {
  const workflow = option(call, 'workflow');
  const named = option(call, 'file') ?? option(call, 'tenant');
  if (workflow !== undefined && named !== undefined)
    throw new Refusal('USAGE', 'give a tenant file or --workflow, one of them');
  const file = named ?? tenantPath(call);
  const ids = workflow === undefined ? await workflowIds(file) : [workflow];
  const typed = { options: given(call, connection), ...(workflow === undefined ? { tenantFile: file } : {}) };
  return await withTemporal(call, async ({ client, ui }) => {
    const standings = await Promise.all(ids.map(async (id) => await standingOf(client, id, ui)));
    if (call.output.json) writeJson(call.output, { clients: standings.map(standingDocument) });
    else call.output.data(standings.map((standing) => standingLines(standing, typed).join('\n')).join('\n\n'));
    return 0;
  });
}

async function workflowIds(file: string): Promise<readonly string[]> {
  const tenant = await readTenant(file);
  const { environment } = tenant;
  return clientKinds
    .filter((kind) => tenant.clients[kind])
    .map((kind) => adminClientWorkflowId({ tenant: tenant.tenant, environment, kind }));
}

async function standingOf(client: Client, workflowId: string, ui: string | undefined): Promise<Standing> {
  const found = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
  if (!found) return { workflowId, state: 'none' };
  if (found.type !== onboardingType && found.type !== rotationType) {
    const message = `${workflowId} is a ${typeName(found.type)}; how a client of an application stands tells: digdir status NAMESPACE/NAME`;
    throw new Refusal('USAGE', message);
  }
  const { runId } = found;
  const handle = client.workflow.getHandle(workflowId, runId);
  const running = found.status.name === 'RUNNING';
  const said = await readStatus(client, handle).catch(() => undefined);
  const trying = running && said ? await tryingIn(handle, said) : [];
  const end = running ? undefined : await endOfRun<OnboardingResult>(client, handle, AbortSignal.timeout(10_000));
  return {
    workflowId,
    state: running ? 'running' : 'ended',
    runId,
    ...(ui ? { link: runLink(ui, client.options.namespace, workflowId, runId) } : {}),
    ...(said ? { status: said } : {}),
    ...(trying.length > 0 ? { trying } : {}),
    ...(end ? { end } : {}),
  };
}

function standingDocument({ end, ...standing }: Standing) {
  if (end?.state === 'ended') return { ...standing, result: end.result };
  return end?.state === 'failed' ? { ...standing, failure: failureDocument(end) } : standing;
}

/** The serial number is what `--compromised` asks for. */
function activeLine({ serialNumber, notAfter }: ActiveCertificate, by = ''): string {
  return `active: the certificate with serial number ${serialNumber}, valid to ${shortTime(notAfter)}${by}`;
}

type ActiveCertificate = ObservedActive['document']['certificate'];

/** What the run came to says it best; a run that is at work, or came to nothing, knows what it was to replace. */
function activeLines(ended: OnboardingResult | undefined, said: RunStatus | undefined): string[] {
  if (ended?.active) {
    const { certificate, keyVersion } = ended.active.document;
    return [activeLine(certificate, `, by ${keyVersion}`)];
  }
  if (!said?.active) return [];
  const key = compromisedKey(said);
  return [activeLine(said.active, key ? `; its key is compromised, and ${key}` : '')];
}

/** A compromised key leaves a client without any, until another certificate is rotated in. */
const unservedLines = ({ state, status: said }: Standing, typed: Typed): string[] =>
  state === 'ended' && said && compromisedKey(said)
    ? [`to put another certificate in its place: ${handInCommand(said.request, typed)}`]
    : [];

const historyCommand = ({ tenantFile, options = '' }: Typed): string =>
  `digdir history -f ${tenantFile === undefined ? 'TENANT_FILE' : word(tenantFile)}${options}`;

function standingLines(standing: Standing, typed: Typed): string[] {
  const { workflowId, state, link, status: said, trying = [], end } = standing;
  if (state === 'none')
    return [`${workflowId}: Temporal knows of no run; of former ones tells: ${historyCommand(typed)}`];
  const ended = end?.state === 'ended' ? end.result : undefined;
  const facts = said ?? ended;
  const head = `${workflowId}: ${state}${said && state === 'running' ? `, ${said.phase}` : ''}${ended ? `, ${ended.outcome}: ${ended.reason}` : ''}${end?.state === 'failed' ? ', failed' : ''}`;
  const body = [
    ...(link ? [link] : []),
    ...(facts?.notices ?? []).map(describeFinding),
    ...(facts?.steps ?? []).map(
      (step) => `${step.phase}: ${step.change} … ${step.state}${step.refusal ? `: ${step.refusal}` : ''}`,
    ),
    ...trying.flatMap(tryingLines),
    ...(facts?.decisions ?? []).map(decisionLine),
    ...activeLines(ended, said),
    ...(said?.awaiting ? describeAwaiting(said, said.awaiting, typed) : []),
    ...(end?.state === 'failed' ? failureLines(end) : []),
    ...unservedLines(standing, typed),
    ...(facts ? [] : ['no worker answers, so nothing more can be told']),
  ];
  return [head, ...body.map((line) => `  ${line}`)].map(oneLine);
}
