/** Histories of onboarding go on under the workflow code of today, and a change that would break them is noticed. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { testTemporal } from '../environment.ts';
import { awaited, decide, organisation, register, requestFor, startOnboarding, submitKey } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { bundleWith, nondeterminism, replay } from './planted-bundle.ts';

suite('replay of onboarding', () => {
  let world: TestWorld;
  let workflowId: string;
  /** As a history file holds it. */
  let waiting: unknown;
  let ended: unknown;

  before(async () => {
    world = await startTestWorld();
    const issued = await world.cloud.authority.issue({ organisation });
    const request = requestFor(world, issued);
    register(world.cloud, request);
    const handle = await startOnboarding(world, request);
    workflowId = handle.workflowId;
    await submitKey(world, handle, issued);
    await awaited(handle, 'decision');
    waiting = JSON.parse(historyToJSON(await handle.fetchHistory()));
    await decide(handle);
    assert.equal((await handle.result()).outcome, 'onboarded');
    ended = JSON.parse(historyToJSON(await handle.fetchHistory()));
  });
  after(() => world.close());

  test('a run that waits at a gate goes on, and one that has ended comes to the same end', async () => {
    const { bundle } = await testTemporal();
    await replay({ codePath: bundle }, waiting, workflowId);
    await replay({ codePath: bundle }, ended, workflowId);
  });

  test('steps in another order are noticed in both', async () => {
    const bundle = await bundleWith('custody.ts', (source) =>
      source.replace('for (const step of plan.plan.steps)', 'for (const step of plan.plan.steps.toReversed())'),
    );
    await assert.rejects(replay(bundle, waiting, workflowId), nondeterminism);
    await assert.rejects(replay(bundle, ended, workflowId), nondeterminism);
  });

  test('a step that is left out after the gate is noticed in the run that came so far', async () => {
    const bundle = await bundleWith('run-to-end.ts', (source) =>
      source.replace("if (result.outcome !== 'unchanged') await keepRecord(run, result);", ''),
    );
    await replay(bundle, waiting, workflowId);
    await assert.rejects(replay(bundle, ended, workflowId), nondeterminism);
  });
});
