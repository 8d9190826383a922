/** The watch over what expires: what it is asked, what a pass decides, and what came of it. */

import { phasePolicy } from './approval.ts';
import { dueStep } from './expiry.ts';
import type { Ladders } from './expiry.ts';
import type { Environment } from './environments.ts';
import type { FailureCode, Finding } from './failures.ts';
import { isOverdue } from './inventory.ts';
import type { ExpiringItem } from './inventory.ts';
import { projectName } from './names.ts';
import { escapeUnseen } from './plain-text.ts';
import type { Pace } from './onboarding.ts';
import type { ProvisioningRequest } from './provisioning.ts';
import type { RotationRequest } from './rotation.ts';
import type { GooglePlace, Tenant } from './tenant.ts';

export type WatchRequest = Pick<
  Tenant,
  'tenant' | 'environment' | 'organisation' | 'google' | 'platform' | 'clients' | 'approval' | 'rotation'
> & {
  /** Seconds before its expiry that a certificate is renewed; three months when absent. */
  readonly renewBefore?: number;
  /** When people are told; inputs, so that no test waits for a month. */
  readonly ladders?: Ladders;
  readonly requestedBy: string;
  readonly pace: Pace;
};

/** What is told to people, as it is sent to the webhook. `id` is the same whenever the same notice is sent again. */
export type Notice = {
  /** `<item id>:<expiry>:<step>`, after tenant and environment. */
  readonly id: string;
  /** One line for people; Slack and the like show just this. */
  readonly text: string;
  readonly tenant: string;
  readonly environment: Environment;
  readonly item: string;
  readonly kind: ExpiringItem['kind'];
  readonly what: string;
  readonly owner: string;
  readonly expires: string;
  readonly renewal: string;
  readonly state: ExpiringItem['state'];
  readonly step: string;
  readonly remedy: string;
};

/**
 * `delivered`: the webhook took it. `logged`: no webhook is set, and the audit log has it. `undelivered`: the next pass
 * tries it again.
 */
export type NoticeOutcome = 'delivered' | 'logged' | 'undelivered';

export type NoticeEnd = {
  readonly id: string;
  readonly outcome: NoticeOutcome;
  readonly code?: FailureCode;
  readonly message?: string;
};

/** `running`: somebody, or the pass before, had started it already. */
export type RenewalOutcome = 'started' | 'running' | 'failed';

export type RenewalEnd = {
  readonly item: string;
  readonly what: string;
  readonly outcome: RenewalOutcome;
  readonly code?: FailureCode;
  readonly message?: string;
};

export type WatchResult = {
  /** ISO 8601, UTC. */
  readonly observedAt: string;
  readonly items: number;
  readonly overdue: number;
  readonly webhook: boolean;
  readonly notices: readonly NoticeEnd[];
  readonly renewals: readonly RenewalEnd[];
  /** Notices and renewals that are left to the next pass, as this one has its full measure. */
  readonly postponed: number;
  readonly findings: readonly Finding[];
};

/** A watch changes nothing that another pass may not repeat: `suffix` keeps ids apart, and so does a schedule. */
export function watchStart(request: WatchRequest, suffix: string) {
  return {
    workflowType: 'watch',
    workflowId: `${watchId(request)}:${suffix}`,
    workflowIdConflictPolicy: 'FAIL',
    args: [request],
    ...described(request),
  } as const;
}

/** The same as what a schedule does; Temporal puts the time at the end of the id. */
export const watchAction = (request: WatchRequest) =>
  ({ workflowType: 'watch', workflowId: watchId(request), args: [request], ...described(request) }) as const;

const described = ({ tenant, environment }: WatchRequest) => ({
  staticSummary: `Watch over what expires for ${tenant} (${environment})`,
  staticDetails: [
    'Looks at certificates and keys, tells people of those that expire (webhook of the worker, else its audit log), and',
    'starts their renewal when its time has come.',
  ].join('\n'),
});

/** Id of the schedule, and what the id of every pass begins with. */
export const watchId = ({ tenant, environment }: Pick<WatchRequest, 'tenant' | 'environment'>): string =>
  `watch:${tenant}:${environment}`;

export function expiryStart(request: WatchRequest, suffix: string) {
  const { tenant, environment } = request;
  return {
    workflowType: 'listExpiries',
    workflowId: `${expiryIdStem(request)}${suffix}`,
    workflowIdConflictPolicy: 'FAIL',
    args: [request],
    staticSummary: `List what expires for ${tenant} (${environment})`,
  } as const;
}

export const expiryIdStem = ({ tenant, environment }: Pick<WatchRequest, 'tenant' | 'environment'>): string =>
  `expiry:${tenant}:${environment}:`;

/** The secret that says which notices were given: longer than Temporal keeps anything. */
export const watchSecretName = (google: GooglePlace, { tenant, environment }: WatchRequest): string =>
  `${projectName(google)}/secrets/${tenant}-${environment}-watch`;

/** What was given, by `<item id>:<expiry>`, shortened by whoever keeps it: the step, with `?` when it was only logged. */
export type Given = Readonly<Record<string, string>>;

export type DueNotice = { readonly key: string; readonly notice: Notice };

/** What holds up most comes first. */
const weight: Record<ExpiringItem['kind'], number> = {
  certificate: 0,
  'admin-key': 1,
  'client-key': 2,
  'unmanaged-key': 3,
};

/** The notices that are due, those of what most depends on in front, and then of what expires first. `keyOf` shortens what a notice is remembered by. */
export function dueNotices(
  request: WatchRequest,
  items: readonly ExpiringItem[],
  { now, given, webhook, keyOf }: { now: number; given: Given; webhook: boolean; keyOf: (id: string) => string },
): DueNotice[] {
  const sorted = items.toSorted((one, other) => weight[one.kind] - weight[other.kind]);
  return sorted.flatMap((item) => {
    const key = keyOf(`${item.id}:${item.expires}`);
    const last = given[key];
    // What nobody but the log was told is told again once there is somebody.
    const heard = last?.endsWith('?') ? (webhook ? undefined : last.slice(0, -1)) : last;
    const step = dueStep(item, now, heard, request.ladders);
    return step === undefined ? [] : [{ key, notice: noticeOf(request, item, step, now) }];
  });
}

/** What of `given` is about things that are still there. */
export function stillGiven(given: Given, items: readonly ExpiringItem[], keyOf: (id: string) => string): Given {
  const present = new Set(items.map(({ id, expires }) => keyOf(`${id}:${expires}`)));
  return Object.fromEntries(Object.entries(given).filter(([key]) => present.has(key)));
}

/** The same with what was given since. */
export function withGiven(given: Given, ends: readonly (DueNotice & { readonly outcome: NoticeOutcome })[]): Given {
  const told = ends.flatMap(({ key, notice, outcome }) => {
    if (outcome === 'undelivered') return [];
    return [[key, outcome === 'logged' ? `${notice.step}?` : notice.step]];
  });
  return { ...given, ...(Object.fromEntries(told) as Given) };
}

function noticeOf(request: WatchRequest, item: ExpiringItem, step: string, now: number): Notice {
  const { tenant, environment } = request;
  const { id, kind, what, owner, expires, renewal, state, remedy } = item;
  return {
    id: `${tenant}:${environment}:${id}:${expires}:${step}`,
    text: textOf(request, item, now),
    tenant,
    environment,
    item: id,
    kind,
    what,
    owner,
    expires,
    renewal,
    state,
    step,
    remedy,
  };
}

function textOf({ tenant, environment }: WatchRequest, item: ExpiringItem, now: number): string {
  const { what, owner, expires, state, remedy } = item;
  const days = Math.floor(Math.abs(Date.parse(expires) - now) / 86_400_000);
  const span = days === 1 ? '1 day' : `${days} days`;
  const when = Date.parse(expires) <= now ? `expired ${span} ago` : `expires in ${span}`;
  const todo: Record<ExpiringItem['state'], string> = {
    valid: 'Nothing has to be done yet',
    due: `${howDue(item)}: ${remedy}`,
    expired: `Renew it now: ${remedy}`,
    revoked: `Its key is out of use here: ${remedy}`,
    replaced: `Another one took its place; once nobody uses it: ${remedy}`,
  };
  return inChat(
    `${tenant} (${environment}): the ${what} ${when}, on ${expires.slice(0, 10)}. ${todo[state]}. Owner: ${owner}.`,
  );
}

function howDue({ admin, client }: ExpiringItem): string {
  if (admin) return 'Its rotation is started; order a new one, and hand it over';
  return client ? 'The watch renews it; by hand' : 'Renewal is due';
}

/** Chats take these for markup and mentions (docs.slack.dev, "Formatting message text"). */
const inChat = (text: string): string =>
  escapeUnseen(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(/\s+/g, ' ');

/** What the watch itself renews: certificates, and keys of clients that we manage. */
export const renewable = (items: readonly ExpiringItem[]): ExpiringItem[] =>
  items.filter((item) => isOverdue(item) && (item.admin !== undefined || item.client !== undefined));

/** The same request as that of `digdir rotate-key`, but for this key alone: made twice, it renews once. */
export function keyRenewal(request: WatchRequest, { client, kid }: ExpiringItem): ProvisioningRequest | undefined {
  if (!client || kid === undefined) return undefined;
  const { organisation, google, requestedBy } = request;
  const { submission: _submission, ...pace } = request.pace;
  const operation = { kind: 'rotate-key', replaces: kid } as const;
  return { id: `watch:${kid}`.slice(0, 100), client, organisation, google, operation, requestedBy, pace };
}

/**
 * The same request as that of `digdir rotate-certificate`, without a certificate: the rotation waits for it. Of one whose
 * key is compromised it says so, as other rules hold for what takes its place.
 */
export function certificateRenewal(
  request: WatchRequest,
  { admin: kind, compromised }: Pick<ExpiringItem, 'admin' | 'compromised'>,
): RotationRequest | undefined {
  const client = kind && request.clients[kind];
  if (!client) return undefined;
  const { tenant, environment, organisation, google, platform, requestedBy, pace } = request;
  const place = { tenant, environment, organisation, google, platform };
  const rotation = { ...request.rotation, ...(compromised === undefined ? {} : { compromised }) };
  const approval = phasePolicy(request.approval);
  return { ...place, kind, client, approval, existing: {}, requestedBy, pace, rotation };
}
