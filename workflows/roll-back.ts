/** The way back: the former document is written again, once a token proves it, and then the new key is disabled. */

import { ActivityFailure, ApplicationFailure, CancellationScope, patched, sleep } from '@temporalio/workflow';
import type { ActiveDocument, ObservedActive } from '../domain/active-document.ts';
import { lastPart, sameResource, secretName } from '../domain/names.ts';
import type { RollBackStep } from '../domain/plan.ts';
import type { RotationSettings } from '../domain/rotation.ts';
import { operator, provisioner } from './activities.ts';
import type { Custody } from './custody.ts';
import { handleWish } from './handlers.ts';
import { rollBackSignal, rollBackUpdate } from './messages.ts';
import type { Withdrawal } from './read-messages.ts';
import { reasonIn } from './refusals.ts';
import { carryOut, now, show } from './run.ts';
import type { Run } from './run.ts';

/** Sets the handlers; to be called before the first await. */
export function handleRollBack(run: Run): void {
  const description = 'Goes back to the certificate that was active before: { "by", "reason" }.';
  handleWish(rollBackUpdate, rollBackSignal, description, (asked) => {
    if (!run.forward || run.rollBack) return { outcome: 'refused', message: whyNot(run) };
    run.rollBack = asked;
    run.forward.cancel();
    return { outcome: 'accepted', message: 'The former certificate is proven by a token, and then made active again.' };
  });
}

function whyNot({ phase, rollBack, request, activated, steps }: Run): string {
  if (phase === 'ended') return 'The run has ended already.';
  if (rollBack) return `${rollBack.by} rolls back already.`;
  if (request.replaces?.compromised) return 'There is no way back to a key that is compromised.';
  if (steps.some(({ kind }) => kind === 'verify-active'))
    return 'It is too late: the soak is over, and the old key version is being retired.';
  if (phase === 'retirement') return 'The soak is about to begin: roll back in a moment.';
  if (activated)
    return 'The new certificate is being proven: without a token the run goes back by itself, else roll back in the soak.';
  return 'The old certificate is still the active one: `digdir withdraw` ends the run.';
}

/** What is active again; or why the former certificate cannot be, so that the new one stays. */
export async function tryToGoBack(
  run: Run,
  held: Custody,
  former: ObservedActive | undefined,
  rotation: RotationSettings,
): Promise<ObservedActive | string> {
  run.awaiting = undefined;
  run.open = undefined;
  try {
    if (!former) throw refused('no other document was active before');
    return await goBack(run, held, former, rotation);
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || error.type !== 'ROLL_BACK_REFUSED') throw error;
    const { by } = run.rollBack ?? { by: 'nobody' };
    run.rollBack = undefined;
    return `${by} rolled back, and the new certificate stays: ${error.message}`;
  }
}

/** Fails with `ROLL_BACK_REFUSED`, before anything is changed, when no token can be had by the former document. */
export async function goBack(
  run: Run,
  { resources }: Custody,
  former: ObservedActive,
  { drain }: RotationSettings,
): Promise<ObservedActive> {
  return await CancellationScope.nonCancellable(async () => {
    // verify
    await carryOut(run, verifyStep(former), () => verifyFormer(run, former.document));
    // apply
    const write = writeStep(run, former);
    const document = withRollBack(former.document, run);
    const active = await carryOut(run, write, () =>
      operator(run.request.pace, write.change).writeActiveDocument(run.request, document),
    );
    run.activated = active.version;
    if (sameResource(former.document.keyVersion, resources.keyVersion)) return active;
    run.awaiting = { what: 'drain', since: now(), until: new Date(Date.now() + drain * 1000).toISOString() };
    show(run);
    const drained = await waitOut(run, drain);
    run.awaiting = undefined;
    if (!drained) {
      run.rollBack = cutShort(run);
      return active;
    }
    if (await isShared(run, resources.keyVersion)) return active;
    const disable = disableStep(resources.keyVersion);
    await carryOut(run, disable, () =>
      provisioner(run.request.pace, disable.change).disableVersions(run.request, [disable.resource]),
    );
    return active;
  });
}

/** Whether the drain (seconds) is over, or the workflow was cancelled in it: a compromised key cannot wait for so long. */
async function waitOut({ scope }: Run, drain: number): Promise<boolean> {
  const waiting = new CancellationScope();
  const over = waiting.run(async () => await sleep(drain * 1000)).then(() => true);
  if (!patched('drain-gives-way')) return await over;
  const calledOff = scope.cancelRequested.catch(() => false);
  const drained = await Promise.race([over, calledOff]);
  if (!drained) {
    waiting.cancel();
    await over.catch(() => {});
  }
  return drained;
}

const cutShort = ({ rollBack }: Run): Withdrawal => ({
  by: rollBack?.by ?? '',
  reason: `${rollBack?.reason ?? ''}; the workflow was cancelled before readers were done, so the new key version stays enabled`,
});

/** Whether the tenant's other client uses the key as well, which only adopted ones do. */
async function isShared({ request }: Run, keyVersion: string): Promise<boolean> {
  if (!patched('shared-keys')) return false;
  const look = operator(request.pace, 'See whether the other client uses the new key');
  const used = await look.keysOfOtherClients(request);
  return used.some((name) => sameResource(name, keyVersion));
}

async function verifyFormer(run: Run, document: ActiveDocument): Promise<void> {
  const { request } = run;
  const soon = { ...request.pace, patience: Math.min(request.pace.patience, request.pace.propagation) };
  const verification = await operator(soon, 'Take a token by the former document')
    .verifyFormer(request, document, now())
    .catch((error: unknown) => {
      if (!(error instanceof ActivityFailure)) throw error;
      return { outcome: 'refused', reason: reasonIn(error) } as const;
    });
  if (verification.outcome === 'refused') throw refused(verification.reason);
}

const refused = (reason: string): ApplicationFailure => ApplicationFailure.nonRetryable(reason, 'ROLL_BACK_REFUSED');

/** The former document as it was, with who brought it back. */
const withRollBack = (document: ActiveDocument, { rollBack }: Run): ActiveDocument => ({
  ...document,
  activatedAt: now(),
  approvals: [...document.approvals, { gate: 'roll-back', by: rollBack?.by ?? '', at: now(), digest: '' }],
});

const verifyStep = ({ version }: ObservedActive): RollBackStep => ({
  kind: 'verify-former',
  resource: version,
  change: `take a token by the former document, version ${lastPart(version)}`,
  reason: 'nothing is made active that is not proven',
  risk: 'routine',
});

const writeStep = ({ request, rollBack }: Run, { version }: ObservedActive): RollBackStep => ({
  kind: 'write-former-document',
  resource: secretName(request.google, request, 'active'),
  change: `write the former document, version ${lastPart(version)}, once more`,
  reason: rollBack?.reason ?? '',
  risk: 'notable',
});

const disableStep = (keyVersion: string): RollBackStep => ({
  kind: 'disable-key-version',
  resource: keyVersion,
  change: `disable the new version ${lastPart(keyVersion)}`,
  reason: 'it was rolled back, and no reader uses it any more',
  risk: 'notable',
});
