/**
 * One pass of the watch over what expires: observe, plan, start renewals, tell people, keep what they were told. A schedule
 * starts one every day; nothing that fails in it holds up the rest.
 */

import { ApplicationFailure, isCancellation, setCurrentDetails } from '@temporalio/workflow';
import type { PlannedPass } from '../activities/watch.ts';
import { failureOf, isFailureCode } from '../domain/failures.ts';
import type { FailureCode, Finding } from '../domain/failures.ts';
import type { ExpiringItem } from '../domain/inventory.ts';
import { inLanes } from '../domain/lanes.ts';
import { watchId, watchSecretName, withGiven } from '../domain/watch.ts';
import type { DueNotice, NoticeEnd, RenewalEnd, WatchRequest, WatchResult } from '../domain/watch.ts';
import { operator, provisioner } from './activities.ts';
import { lookingPace, readWatch } from './expiry.ts';
import { checking } from './provisioning.ts';
import { failureIn, reasonIn } from './refusals.ts';
import { describePass } from './watch-details.ts';
import { requireIdStem } from './workflow-id.ts';

/** Notices, and renewals, that are under way at one time. */
const lanes = 4;

/** Times that a notice is tried in one pass, and seconds that a step may take: the next pass is a day away at most. */
const attempts = 5;
const patience = 900;

export async function watch(input: WatchRequest): Promise<WatchResult> {
  const request = await checkedInput(input);
  const pass = await operator(lookingPace(request), 'Look at everything that expires, and plan')
    .planWatch(request)
    .catch((error: unknown) => {
      throw failureIn(error);
    });
  const ends: Ends = { notices: [], renewals: [], findings: [] };
  const show = () => setCurrentDetails(describePass(pass, resultOf(pass, ends)));
  show();
  const brief = { ...request.pace, patience: Math.min(request.pace.patience, patience) };
  await inLanes(pass.renewals, lanes, async (item) => {
    ends.renewals.push(await renew(request, brief, item));
    show();
  });
  const told: Told[] = [];
  await inLanes(pass.notices, lanes, async (due) => {
    const end = await deliver(request, brief, due);
    ends.notices.push(end);
    told.push({ ...due, outcome: end.outcome });
    show();
  });
  ends.findings.push(...(await keep(request, brief, pass, told)));
  show();
  return resultOf(pass, ends);
}

type Pace = WatchRequest['pace'];
type Told = DueNotice & Pick<NoticeEnd, 'outcome'>;
type Ends = { readonly notices: NoticeEnd[]; readonly renewals: RenewalEnd[]; readonly findings: Finding[] };

async function checkedInput(input: unknown): Promise<WatchRequest> {
  const request = readWatch(input);
  if (!request) {
    // Refused by the activity, which tells all that is wrong with it.
    const explain = operator(checking, 'Check the input').planWatch(input as WatchRequest);
    await explain.catch((error: unknown) => {
      throw failureIn(error);
    });
    throw ApplicationFailure.nonRetryable('This is not the input of a watch.', 'INPUT_INVALID');
  }
  const stem = watchId(request);
  // A schedule ends the id with a dash and the time.
  requireIdStem(`${stem}:`, `${stem}-`);
  return request;
}

async function renew(request: WatchRequest, pace: Pace, item: ExpiringItem): Promise<RenewalEnd> {
  const { id, what } = item;
  try {
    const outcome = await operator(pace, `Start the renewal of the ${what}`, attempts).startRenewal(request, item);
    return { item: id, what, outcome };
  } catch (error) {
    return { item: id, what, outcome: 'failed', ...reasonOf(error) };
  }
}

async function deliver(request: WatchRequest, pace: Pace, due: DueNotice): Promise<NoticeEnd> {
  const { id, what, step } = due.notice;
  try {
    const outcome = await operator(pace, `Tell of the ${what} (${step})`, attempts).deliverNotice(request, due);
    return { id, outcome };
  } catch (error) {
    return { id, outcome: 'undelivered', ...reasonOf(error) };
  }
}

/** Only when something changed. Where it cannot be kept, the notices are given again: that is said, and ends nothing. */
async function keep(request: WatchRequest, pace: Pace, pass: PlannedPass, told: readonly Told[]): Promise<Finding[]> {
  const { given, gone, isKept } = pass;
  const changed = gone > 0 || told.some(({ outcome }) => outcome !== 'undelivered');
  if (!given || !changed) return [];
  try {
    if (!isKept) await provisioner(pace, 'Make the secret that keeps which notices were given').openWatch(request);
    await operator(pace, 'Keep which notices were given').keepGiven(request, withGiven(given, told));
    return [];
  } catch (error) {
    const { code, message } = reasonOf(error);
    return [
      { code: 'WATCH_NOT_KEPT', where: watchSecretName(request.google, request), message: `${message} [${code}]` },
    ];
  }
}

function reasonOf(error: unknown): { code: FailureCode; message: string } {
  if (isCancellation(error)) throw error;
  const cause = failureIn(error);
  if (!(cause instanceof ApplicationFailure) || !isFailureCode(cause.type)) {
    return { code: 'UNEXPECTED', message: reasonIn(error) };
  }
  return { code: cause.type, message: `${cause.message} ${failureOf(cause.type).remedy}` };
}

function resultOf(pass: PlannedPass, { notices, renewals, findings }: Ends): WatchResult {
  const { observedAt, items, overdue, webhook, postponed } = pass;
  return {
    observedAt,
    items,
    overdue,
    webhook,
    notices,
    renewals,
    postponed,
    findings: [...pass.findings, ...findings],
  };
}
