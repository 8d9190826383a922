/** How one client stands: what is on record, and what a run does about it or did last. */

import { WorkflowNotFoundError } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import { clientTitle, oauthClientWorkflowId } from '../domain/client-names.ts';
import type { ClientRecord } from '../domain/client-record.ts';
import { outboundHosts } from '../domain/environments.ts';
import type { OutboundHost } from '../domain/environments.ts';
import { publishedOf } from '../domain/provisioning.ts';
import type { OperationEnd, ProvisioningResult, PublishedCredentials } from '../domain/provisioning.ts';
import { Refusal } from '../domain/refusal.ts';
import { clientStatusQuery } from '../workflows/messages.ts';
import type { ClientRunStatus } from '../workflows/messages.ts';
import { readClientRecord, withCallerSecrets } from './caller-secrets.ts';
import type { ClientReference } from './client-reference.ts';
import type { Temporal } from './connect.ts';
import { answered, endOfRun } from './follow.ts';
import { runLink } from './links.ts';
import type { FailedEnd } from './run-end.ts';
import { lastingIn } from './trying.ts';
import type { Trying } from './trying.ts';

export type ClientRunStanding = {
  readonly state: 'running' | 'ended';
  readonly runId: string;
  readonly link?: string;
  /** What a run at work says of itself; absent when no worker answers. */
  readonly status?: ClientRunStatus;
  /** What keeps being refused, and is tried again; absent when there is nothing. */
  readonly trying?: readonly Trying[];
  /** What became of the requests of a run that is over. */
  readonly ends?: readonly OperationEnd[];
  readonly failure?: FailedEnd;
};

export type ClientStanding = {
  readonly client: string;
  readonly workflowId: string;
  /** As Secret Manager shows it, which may be late. */
  readonly record?: ClientRecord;
  readonly published?: PublishedCredentials;
  readonly run?: ClientRunStanding;
  readonly outboundHosts: readonly OutboundHost[];
};

/** Looks in Secret Manager, with the caller's own credentials, and at Temporal. Fails with CLIENT_UNKNOWN. */
export async function standingOf(
  environment: NodeJS.ProcessEnv,
  reference: ClientReference,
  temporal: Temporal,
): Promise<ClientStanding> {
  const { client, tenant } = reference;
  const workflowId = oauthClientWorkflowId(client);
  const [record, run] = await Promise.all([
    withCallerSecrets(environment, reference, async (secrets) => await readClientRecord(secrets, reference)),
    runOf(temporal, workflowId),
  ]);
  if (!record && !run) throw new Refusal('CLIENT_UNKNOWN', `${clientTitle(client)} (${workflowId})`);
  const published = record && publishedOf({ google: tenant.google, client }, record);
  return {
    client: clientTitle(client),
    workflowId,
    ...(record ? { record } : {}),
    ...(published ? { published } : {}),
    ...(run ? { run } : {}),
    outboundHosts: client.kind === 'idporten' ? outboundHosts[client.environment] : [],
  };
}

async function runOf({ client, ui }: Temporal, workflowId: string): Promise<ClientRunStanding | undefined> {
  const found = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
  if (!found) return undefined;
  const { runId } = found;
  const link = ui ? { link: runLink(ui, client.options.namespace, workflowId, runId) } : {};
  return found.status.name === 'RUNNING'
    ? { state: 'running', runId, ...link, ...(await said(client, workflowId, runId)) }
    : { state: 'ended', runId, ...link, ...(await ended(client, workflowId, runId)) };
}

async function said(
  client: Client,
  workflowId: string,
  runId: string,
): Promise<Pick<ClientRunStanding, 'status' | 'trying'>> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const status = await answered(client, handle, clientStatusQuery).catch(() => undefined);
  const trying = status ? await lastingIn(handle, status) : [];
  return { ...(status ? { status } : {}), ...(trying.length > 0 ? { trying } : {}) };
}

async function ended(
  client: Client,
  workflowId: string,
  runId: string,
): Promise<Pick<ClientRunStanding, 'ends' | 'failure'>> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const end = await endOfRun<ProvisioningResult>(client, handle, AbortSignal.timeout(10_000));
  if (end.state === 'failed') return { failure: end };
  return end.state === 'ended' ? { ends: end.result.ends } : {};
}
