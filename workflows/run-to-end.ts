/** What the processes of an admin client have in common: their messages, their ends, tidying up, and the record. */

import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { CustodyPlan } from '../activities/plan-custody.ts';
import type { Certificate } from '../domain/certificate.ts';
import { adminClientWorkflowId } from '../domain/names.ts';
import type { OnboardingResult, RunOutcome } from '../domain/onboarding.ts';
import { isRevoked } from '../domain/revocation.ts';
import { isRotation } from '../domain/rotation.ts';
import { operator, provisioner } from './activities.ts';
import { handleDecisions } from './decisions.ts';
import { handleWish } from './handlers.ts';
import { statusQuery, withdrawSignal, withdrawUpdate } from './messages.ts';
import type { Withdrawal } from './read-messages.ts';
import { failureIn } from './refusals.ts';
import { revocationIn } from './revocation.ts';
import { Ended, enterPhase, now, show, statusOf } from './run.ts';
import type { Run } from './run.ts';
import { handleSubmissions } from './submission.ts';

/** The work of a process; it tells the plan of custody, which is needed for tidying up when a later beat throws. */
type Work = (plannedAs: (plan: CustodyPlan) => void) => Promise<OnboardingResult>;

/** Does the work under the handlers that every run has, and makes a result of whatever ends it. */
export async function runToEnd(run: Run, work: Work): Promise<OnboardingResult> {
  handleDecisions(run);
  handleSubmissions(run);
  handleWithdrawal(run);
  setHandler(statusQuery, () => statusOf(run), { description: 'Everything about the run as it stands.' });
  show(run);
  let plan: CustodyPlan | undefined;
  const result = await run.scope
    .run(() => work((planned) => (plan = planned)))
    .catch((error: unknown) => endEarly(run, plan, error));
  if (result.outcome !== 'unchanged') await keepRecord(run, result);
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished, '1 minute'));
  return result;
}

/** The input is anybody's: an id that belongs to other contents would make a second writer for them. */
export function checkWorkflowId({ request }: Run): void {
  const expected = adminClientWorkflowId(request);
  if (workflowInfo().workflowId === expected) return;
  const message = `This workflow runs under the id ${workflowInfo().workflowId}, and its input belongs to ${expected}.`;
  throw ApplicationFailure.nonRetryable(message, 'WORKFLOW_ID_MISMATCH');
}

/** Rejected, expired and withdrawn are ends like any other, once what was made in vain is disabled. The rest is a failure. */
async function endEarly(run: Run, plan: CustodyPlan | undefined, error: unknown): Promise<OnboardingResult> {
  const ended = endOf(run, error);
  if (ended instanceof ApplicationFailure) {
    enterPhase(run, 'ended');
    // What was decided or revoked is kept of a failed run too; that it could not be kept must not hide why the run failed.
    if (run.decisions.length > 0 || revocationIn(run)) {
      await keepRecord(run, { outcome: 'failed', reason: ended.message }).catch(() => {});
    }
    throw ended;
  }
  run.outcome = ended.outcome;
  run.awaiting = undefined;
  run.open = undefined;
  enterPhase(run, 'ended');
  const tidied = await CancellationScope.nonCancellable(() => tidy(run, plan));
  return { ...resultOf(run, ended.outcome, ended.message), tidied };
}

function endOf(run: Run, error: unknown): Ended | ApplicationFailure {
  if (error instanceof Ended) return error;
  // An activity that was told to end may fail in its own way instead of as cancelled.
  if (isCancellation(error) || run.scope.consideredCancelled) {
    const { by, reason } = run.withdrawn ?? cancelledBy(run);
    return new Ended('withdrawn', `Withdrawn by ${by}: ${reason}`);
  }
  const failure = failureIn(error);
  return failure instanceof ApplicationFailure
    ? failure
    : ApplicationFailure.nonRetryable(failure instanceof Error ? failure.message : String(failure), 'UNEXPECTED');
}

/** A cancellation does not say whose it is. Whoever was told just before that it is too late to withdraw may have done it. */
function cancelledBy({ tooLate }: Run): Withdrawal {
  if (tooLate && Date.now() - tooLate.at < 60_000) return tooLate;
  return { by: 'somebody', reason: 'the workflow was cancelled' };
}

/** Disables what this run made and nothing uses, and says so. Names stay: KMS and Secret Manager keep them for good. */
async function tidy(run: Run, plan: CustodyPlan | undefined): Promise<string[]> {
  const { request, activated } = run;
  if (activated) return [`kept the certificate active that ${activated} names, and the former key version as it is`];
  if (!plan || run.steps.length === 0) return [];
  const names = await operator(request.pace, 'Look for what this run made in vain').leftOvers(
    request,
    plan.chain,
    plan.before,
  );
  if (names.length > 0) {
    await provisioner(request.pace, 'Disable what this run made in vain').disableVersions(request, names);
  }
  const created = run.steps.filter(({ kind, state }) => kind.startsWith('create-') && state === 'done');
  return [
    ...names.map((name) => `disabled ${name}`),
    ...created.map(({ resource }) => `left ${resource}, empty of anything usable, for the next run`),
  ];
}

type Ending = Pick<OnboardingResult, 'reason' | 'active'> & {
  readonly outcome: OnboardingResult['outcome'] | 'failed';
  readonly tidied?: readonly string[];
};

async function keepRecord(run: Run, { outcome, reason, active, tidied = [] }: Ending): Promise<void> {
  const { workflowId, runId } = workflowInfo();
  const { tenant, environment, kind, requestedBy } = run.request;
  const record = { workflowId, runId, outcome, reason, tenant, environment, kind, decisions: run.decisions };
  const revocation = revocationIn(run);
  const { certificate, activated, withdrawn } = run;
  const full = {
    ...record,
    process: isRotation(run.asked) ? 'rotation' : 'onboarding',
    requestedBy,
    endedAt: now(),
    ...(certificate ? { certificate: certificateIn(certificate) } : {}),
    ...(activated ? { activated: true } : {}),
    ...(tidied.length > 0 ? { tidied } : {}),
    ...(withdrawn ? { withdrawal: withdrawn } : {}),
    ...(run.rollBack ? { rollBack: run.rollBack } : {}),
    ...(revocation ? { revocation } : {}),
    ...(active ? { active: active.version } : {}),
  };
  await CancellationScope.nonCancellable(() =>
    operator(run.request.pace, 'Keep a record of who decided and asked what').keepRecord(run.request, full),
  );
}

const certificateIn = ({ serialNumber, fingerprint }: Certificate) => ({ serialNumber, fingerprint });

/** What every result says of its run. */
export function resultOf(run: Run, outcome: RunOutcome, reason: string): OnboardingResult {
  const { tenant, environment, kind } = run.request;
  return {
    outcome,
    reason,
    tenant,
    environment,
    kind,
    grantedScopes: [],
    decisions: run.decisions,
    notices: run.notices,
    steps: run.steps,
    tidied: [],
    ...(run.certificate ? { certificate: run.certificate } : {}),
  };
}

function handleWithdrawal(run: Run): void {
  handleWish(withdrawUpdate, withdrawSignal, 'Ends the run without going on: { "by", "reason" }.', (withdrawal) => {
    if (run.phase === 'ended') return { outcome: 'refused', message: 'The run has ended already.' };
    if (run.activated && run.request.replaces) {
      run.tooLate = { ...withdrawal, at: Date.now() };
      const message = run.rollBack
        ? `${run.rollBack.by} rolls back already, which ends the run.`
        : 'The new certificate is active: go back with `digdir roll-back`, in the soak.';
      return { outcome: 'refused', message };
    }
    if (run.committed) return { outcome: 'refused', message: 'The active document is being written: it is too late.' };
    run.withdrawn = withdrawal;
    run.scope.cancel();
    return { outcome: 'accepted', message: `The run ends, and disables what it made in vain.${unserved(run)}` };
  });
}

/** What a withdrawal means for a client whose key is compromised. */
function unserved(run: Run): string {
  if (!run.request.replaces?.compromised) return '';
  return isRevoked(run.plans, run.steps)
    ? ' The compromised key stays out of use, so the client has none until another certificate is rotated in.'
    : ' The compromised key is NOT out of use: start it again.';
}
