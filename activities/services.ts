/** What the activities of one role work with: the connections of one principal, and what varies from place to place. */

import type { DigdirEndpoints, Environment } from '../domain/environments.ts';
import type { ExpiringItem } from '../domain/inventory.ts';
import type { WatchRequest } from '../domain/watch.ts';
import type { AdminTokens } from '../services/admin-tokens.ts';
import type { Identity } from '../services/identity.ts';
import type { Idporten } from '../services/idporten.ts';
import type { Kms } from '../services/kms.ts';
import type { LatestVersions } from '../services/latest-versions.ts';
import type { Limits } from '../services/limits.ts';
import type { Maskinporten } from '../services/maskinporten.ts';
import type { Notices } from '../services/notices.ts';
import type { Permissions } from '../services/permissions.ts';
import type { Scopes } from '../services/scopes.ts';
import type { ScopeAccess } from '../services/scope-access.ts';
import type { SecretManager } from '../services/secret-manager.ts';
import type { SelfService } from '../services/self-service.ts';

export type Services = {
  /** The principal that these connections act as, as an IAM member. */
  readonly principal: string;
  /** The operator's principal: it is granted the right to sign. */
  readonly operator: string;
  readonly environment: Environment;
  readonly kms: Kms;
  readonly secrets: SecretManager;
  readonly permissions: Permissions;
  readonly maskinporten: Maskinporten;
  readonly selfService: SelfService;
  readonly idporten: Idporten;
  readonly identity: Identity;
  /** Kept over many activities, so that one token serves them all. */
  readonly adminTokens: AdminTokens;
  readonly latestVersions: LatestVersions;
  readonly scopes: Scopes;
  readonly scopeAccess: ScopeAccess;
  readonly notices: Notices;
  readonly runs: Runs;
  readonly gauges: Gauges;
  /** Where applications and digdirator find Digdir; part of what is handed over. */
  readonly endpoints: DigdirEndpoints;
  /** Root certificates (PEM) that chains have to end in; empty when none are configured. */
  readonly roots: readonly string[];
  readonly clock: { now(): Date; uuid(): string };
  /** One line of JSON for the audit log. */
  readonly audit: (entry: object) => void;
};

/** A workflow as the functions of `domain/` that are called `…Start` describe it. */
type Start = {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly workflowIdConflictPolicy: 'FAIL' | 'USE_EXISTING';
  readonly args: readonly unknown[];
  readonly staticSummary: string;
  readonly staticDetails: string;
};

/** Starting other runs. What Temporal refuses is thrown as it is, and tried again. */
export type Runs = {
  /** `running`: something is at work under the id already. */
  start(start: Start, limits: Limits): Promise<'started' | 'running'>;
  /** Starts the run or joins it, and hands the request over. `running`: it was at work, or has the request already. */
  ask(start: Start, update: string, request: { readonly id: string }, limits: Limits): Promise<'started' | 'running'>;
};

export type Gauges = {
  /** Shows these; `isWhole`: and no longer the others that were shown for the tenant. */
  show(request: Pick<WatchRequest, 'tenant' | 'environment'>, items: readonly ExpiringItem[], isWhole: boolean): void;
};
