/**
 * What the runs of a client came to, and who decided about them: kept in Secret Manager, for longer than Temporal keeps the
 * history of a run.
 */

import type { RecordedDecision } from './approval.ts';
import type { Subject } from './names.ts';
import type { OAuthClientName } from './oauth-client.ts';
import type { ProvisioningPace } from './provisioning.ts';
import type { RevocationRecord } from './revocation.ts';
import type { GooglePlace } from './tenant.ts';

export type HistoryRequest = {
  /** An admin client, or a client of an application. */
  readonly client: Subject | OAuthClientName;
  readonly google: GooglePlace;
  readonly requestedBy: string;
  readonly pace: ProvisioningPace;
};

export type PastRun = {
  /** The secret version that keeps it: full name. */
  readonly version: string;
  readonly outcome: string;
  readonly reason: string;
  readonly decisions: readonly RecordedDecision[];
  /** Absent of a client of an application. */
  readonly process?: 'onboarding' | 'rotation';
  readonly runId?: string;
  readonly requestedBy?: string;
  /** What was asked for a client of an application. */
  readonly operation?: string;
  /** ISO 8601, UTC; not known of what was kept by the first versions. */
  readonly endedAt?: string;
  /** The one that the run was about, where it came to know it. */
  readonly certificate?: { readonly serialNumber: string; readonly fingerprint: string };
  /** Whether the run made it active, for however long. */
  readonly activated?: boolean;
  /** What was done about what the run had made in vain. */
  readonly tidied?: readonly string[];
  readonly withdrawal?: { readonly by: string; readonly reason: string };
  readonly rollBack?: { readonly by: string; readonly reason: string };
  readonly revocation?: RevocationRecord;
};

/** The latest run first. */
export type History = {
  readonly runs: readonly PastRun[];
  /** Versions that hold something else: full names. */
  readonly unreadable: readonly string[];
  /** How many earlier runs there are beside. */
  readonly leftOut: number;
};

export const isOfApplication = (client: Subject | OAuthClientName): client is OAuthClientName => 'namespace' in client;

/** Nothing is changed, so any number may run: `suffix` keeps their ids apart. */
export function historyStart(request: HistoryRequest, suffix: string) {
  return {
    workflowType: 'readHistory',
    workflowId: `${historyIdStem(request)}${suffix}`,
    workflowIdConflictPolicy: 'FAIL',
    args: [request],
    staticSummary: `Read what is on record of ${historyIdStem(request).slice('history:'.length, -1)}`,
  } as const;
}

export function historyIdStem({ client }: HistoryRequest): string {
  const { tenant, environment, kind } = client;
  const own = isOfApplication(client) ? [client.cluster, client.namespace, client.name] : [];
  return `history:${[tenant, environment, ...own, kind].join(':')}:`;
}
