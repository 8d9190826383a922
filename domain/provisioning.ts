/**
 * Provisioning of an application's client: what can be asked, how it is started, and what came of it. Apply, key rotation,
 * acknowledgement and removal are one workflow type under the client's own id, so that it has a single writer.
 */

import type { ApprovalPolicy, GatePolicy, RecordedDecision } from './approval.ts';
import { clientTitle, credentialsSecretName, oauthClientWorkflowId } from './client-names.ts';
import type { ClientStep } from './client-step.ts';
import type { ClientRecord } from './client-record.ts';
import type { FailureCode, Finding } from './failures.ts';
import type { ClientSpec, OAuthClientName } from './oauth-client.ts';
import type { Pace } from './onboarding.ts';
import type { GooglePlace } from './tenant.ts';

export type Operation =
  /** Has the client at Digdir as declared, with a proven key that is published. */
  | { readonly kind: 'apply'; readonly spec: ClientSpec }
  /** The same for a client that somebody else made: it is taken over with its id, and its keys stay for the time being. */
  | { readonly kind: 'adopt'; readonly clientId: string; readonly spec: ClientSpec }
  /** Gives the client a new key; the old one stays as the client's policy says. `replaces`: only while that key is the published one, so that asking twice renews once. */
  | { readonly kind: 'rotate-key'; readonly replaces?: string }
  /** The consumer uses the published version: keys from before it may go. `version`: which one it uses. */
  | { readonly kind: 'acknowledge'; readonly version?: number }
  /** Takes the client out of use at Digdir, or leaves it there where it is to be preserved. */
  | { readonly kind: 'delete' };

export type OperationKind = Operation['kind'];

/** How long things may take: `submission` concerns keys that people hand in, of which there are none here. */
export type ProvisioningPace = Omit<Pace, 'submission'>;

export type ProvisioningRequest = {
  /** The caller's own id of this request: the same one, sent again, is one request. */
  readonly id: string;
  readonly client: OAuthClientName;
  readonly organisation: string;
  readonly google: GooglePlace;
  readonly operation: Operation;
  readonly requestedBy: string;
  /** Who has to approve a plan with wide steps; nobody when absent. */
  readonly approval?: Pick<ApprovalPolicy, 'wide'>;
  readonly pace: ProvisioningPace;
};

/** That people have to decide before the plan is carried out, and by what they know it. */
export type AwaitedApproval = { readonly digest: string; readonly policy: GatePolicy };

/** What a caller hears at once. The run's result says what became of the request with this number. */
export type Accepted = { readonly runId: string; readonly sequence: number };

export type PublishedCredentials = {
  /** Full name of the secret's version. */
  readonly version: string;
  readonly kid: string;
  /** ISO 8601, UTC: when Digdir stops taking the key. */
  readonly keyExpires?: string;
};

export type ClientStepRecord = {
  readonly kind: ClientStep['kind'];
  readonly change: string;
  readonly state: 'running' | 'done' | 'failed';
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt?: string;
};

type OperationOutcome = 'applied' | 'unchanged' | 'superseded' | 'refused' | 'rejected' | 'expired' | 'withdrawn';

/** What became of one request. */
export type OperationEnd = {
  readonly sequence: number;
  readonly requestId: string;
  readonly operation: OperationKind;
  readonly requestedBy: string;
  readonly outcome: OperationOutcome;
  /** One sentence for the person. */
  readonly message: string;
  /** The request that took its place. */
  readonly supersededBy?: number;
  /** Why it was refused, with everything that is wrong; or how people or time ended it. */
  readonly code?: FailureCode;
  readonly findings?: readonly Finding[];
  readonly notices: readonly Finding[];
  readonly steps: readonly ClientStepRecord[];
  /** What was decided about its plans, counted or refused; absent when none of them waited. */
  readonly decisions?: readonly RecordedDecision[];
  readonly clientId?: string;
  readonly published?: PublishedCredentials;
};

export type ProvisioningResult = {
  readonly ends: readonly OperationEnd[];
  /** Every decision that was sent, counted or refused; of the refused ones the latest hundred. Absent when there was none. */
  readonly decisions?: readonly RecordedDecision[];
};

/** What would be done, without doing it. */
export type ClientPreview = { readonly steps: readonly ClientStep[]; readonly notices: readonly Finding[] };

/** What the client is to be like, where the operation says so. */
export const declaredSpec = (operation: Operation): ClientSpec | undefined =>
  operation.kind === 'apply' || operation.kind === 'adopt' ? operation.spec : undefined;

export const provisioningType = 'provisioning';
/** The update by which a request reaches its run. */
export const provisionUpdateName = 'provision';
const clientPreviewType = 'previewClient';

/** How a request is started or joins what runs: together with the update `provision`, which carries the same request. */
export function provisioningStart(request: ProvisioningRequest) {
  const { client, operation } = request;
  const words: Record<OperationKind, string> = {
    apply: 'Provision',
    adopt: 'Take over',
    'rotate-key': 'New key for',
    acknowledge: 'Acknowledge the credentials of',
    delete: 'Remove',
  };
  return {
    workflowType: provisioningType,
    workflowId: oauthClientWorkflowId(client),
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [request],
    staticSummary: `${words[operation.kind]} the ${client.kind} client of ${clientTitle(client)} (${client.environment})`,
    staticDetails: [
      `Has the client \`${client.cluster}:${client.namespace}:${client.name}\` registered at Digdir as declared, with a key that`,
      'was proven by a real request before it was published to Secret Manager. Requests that come meanwhile join this run.',
    ].join('\n'),
  } as const;
}

/** A preview changes nothing, so any number may run: `suffix` keeps their ids apart. */
export function clientPreviewStart(request: ProvisioningRequest, suffix: string) {
  return {
    workflowType: clientPreviewType,
    workflowId: `${clientPreviewIdStem(request)}${suffix}`,
    workflowIdConflictPolicy: 'FAIL',
    args: [request],
    staticSummary: `Plan the ${request.client.kind} client of ${clientTitle(request.client)} (${request.client.environment})`,
  } as const;
}

export const clientPreviewIdStem = ({ client }: ProvisioningRequest): string =>
  `preview:${oauthClientWorkflowId(client)}:`;

/** Whether something that was asked could not be had, while the rest is as it should be. */
export const isPartial = ({ notices }: Pick<OperationEnd, 'notices'>): boolean =>
  notices.some(({ code }) => code === 'SCOPE_ACCESS_MISSING' || code === 'SCOPE_CONSUMER_INVALID');

/** What the record says is published, for whoever is told about it. */
export function publishedOf(
  { google, client }: Pick<ProvisioningRequest, 'google' | 'client'>,
  record: ClientRecord,
): PublishedCredentials | undefined {
  const current = record.keys.find(({ role }) => role === 'current');
  if (!current || record.published === undefined) return undefined;
  const version = `${credentialsSecretName(google, client)}/versions/${record.published}`;
  return { version, kid: current.kid, ...(current.expires === undefined ? {} : { keyExpires: current.expires }) };
}
