/** Histories of rotations go on under the workflow code of today, and a change that would break them is noticed. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { testTemporal } from '../environment.ts';
import { awaited, decide, onboard, organisation, register, requestFor, submitKey } from '../onboarding.ts';
import { rollBack, rotationOf, startRotation } from '../rotation.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { bundleWith, nondeterminism, replay } from './planted-bundle.ts';

type Moment = 'refused' | 'waiting' | 'soaking' | 'rolledBack' | 'rotated';

suite('replay of a rotation', () => {
  let world: TestWorld;
  let workflowId: string;
  /** As history files hold them: of a run that failed before anybody decided; of one at its gate, then in its soak, then rolled back; and of one that went through. */
  const histories = new Map<Moment, unknown>();

  before(async () => {
    world = await startTestWorld();
    const [first, second] = [await issue(), await issue()];
    const request = requestFor(world, first);
    register(world.cloud, request);
    await onboard(world, request, first);

    const elsewhere = await world.cloud.authority.issue({ organisation: '991825827' });
    const refused = await startRotation(world, rotationOf(request, elsewhere));
    await assert.rejects(refused.result());
    await keep('refused', refused);

    const back = await startRotation(world, rotationOf(request, second, { soak: 600 }));
    ({ workflowId } = back);
    await submitKey(world, back, second);
    await awaited(back, 'decision');
    await keep('waiting', back);
    await decide(back);
    await awaited(back, 'soak');
    await keep('soaking', back);
    await rollBack(back);
    assert.equal((await back.result()).outcome, 'rolled-back');
    await keep('rolledBack', back);

    const through = await startRotation(world, rotationOf(request, second));
    await decide(through);
    assert.equal((await through.result()).outcome, 'rotated');
    await keep('rotated', through);
  });
  after(() => world.close());

  const issue = () => world.cloud.authority.issue({ organisation });

  async function keep(moment: Moment, handle: WorkflowHandle): Promise<void> {
    histories.set(moment, JSON.parse(historyToJSON(await handle.fetchHistory())));
  }

  /** The others among these moments are to go on. */
  async function breaks(
    bundle: WorkflowBundleOption,
    broken: readonly Moment[],
    among: readonly Moment[] = [...histories.keys()],
  ): Promise<void> {
    for (const [moment, history] of histories) {
      if (!among.includes(moment)) continue;
      const replayed = replay(bundle, history, workflowId);
      if (broken.includes(moment)) await assert.rejects(replayed, nondeterminism, moment);
      else await replayed;
    }
  }

  test('runs at the gate and in the soak go on, and those that have ended come to the same end', async () => {
    const { bundle } = await testTemporal();
    assert.deepEqual([...histories.keys()], ['refused', 'waiting', 'soaking', 'rolledBack', 'rotated']);
    await breaks({ codePath: bundle }, []);
  });

  test('a record that is kept where nobody decided, and nothing was revoked, is noticed in the run that failed', async () => {
    const bundle = await bundleWith('run-to-end.ts', (source) =>
      source.replace('if (run.decisions.length > 0 || revocationIn(run)) {', '{'),
    );
    await breaks(bundle, ['refused']);
  });

  test('a soak that is left out is noticed in a run that is in it, and in one that went back from it', async () => {
    const bundle = await bundleWith('retirement.ts', (source) =>
      source.replace('if (left > 0) await condition(() => false, left);', ''),
    );
    // The soak of the run that went through may have been over before it was waited for.
    await breaks(bundle, ['soaking', 'rolledBack'], ['waiting', 'soaking', 'rolledBack']);
  });

  test('a new key that goes while readers use it is noticed in the run that was rolled back', async () => {
    const bundle = await bundleWith('roll-back.ts', (source) =>
      source.replace('const drained = await waitOut(run, drain);', 'const drained = true;'),
    );
    await breaks(bundle, ['rolledBack']);
  });

  test('an old key that goes before the new one is proven once more is noticed in the run that went through', async () => {
    const bundle = await bundleWith('retirement.ts', (source) =>
      source.replace('for (const step of approved.plan.steps)', 'for (const step of approved.plan.steps.toReversed())'),
    );
    await breaks(bundle, ['rotated']);
  });
});
