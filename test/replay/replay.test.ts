/** Histories of onboarding go on under the workflow code of today, and a change that would break them is noticed. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { payloadConverterPath } from '../../worker/run.ts';
import { testTemporal } from '../environment.ts';
import { awaited, decide, organisation, register, requestFor, startOnboarding, submitKey } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';

const project = join(import.meta.dirname, '..', '..');

/** Temporal's rule for it. */
const nondeterminism = /TMPRL1100/;

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

  const replay = (workflowBundle: WorkflowBundleOption, history: unknown) =>
    Worker.runReplayHistory({ workflowBundle, dataConverter: { payloadConverterPath } }, history, workflowId);

  test('a run that waits at a gate goes on, and one that has ended comes to the same end', async () => {
    const { bundle } = await testTemporal();
    await replay({ codePath: bundle }, waiting);
    await replay({ codePath: bundle }, ended);
  });

  test('steps in another order are noticed in both', async () => {
    const bundle = await bundleWith('custody.ts', (source) =>
      source.replace('for (const step of plan.plan.steps)', 'for (const step of plan.plan.steps.toReversed())'),
    );
    await assert.rejects(replay(bundle, waiting), nondeterminism);
    await assert.rejects(replay(bundle, ended), nondeterminism);
  });

  test('a step that is left out after the gate is noticed in the run that came so far', async () => {
    const bundle = await bundleWith('onboarding.ts', (source) =>
      source.replace("if (result.outcome !== 'unchanged') await keepRecord(run, result);", ''),
    );
    await replay(bundle, waiting);
    await assert.rejects(replay(bundle, ended), nondeterminism);
  });
});

/** The bundle of a copy of the workflows, one file of which is changed. */
async function bundleWith(file: string, change: (source: string) => string): Promise<WorkflowBundleOption> {
  const copy = await mkdtemp(join(tmpdir(), 'digdir-replay-'));
  try {
    for (const folder of ['domain', 'workflows'])
      await cp(join(project, folder), join(copy, folder), { recursive: true });
    await cp(join(project, 'package.json'), join(copy, 'package.json'));
    await symlink(join(project, 'node_modules'), join(copy, 'node_modules'));
    const path = join(copy, 'workflows', file);
    const source = await readFile(path, 'utf8');
    assert.notEqual(change(source), source, 'the change finds what it replaces');
    await writeFile(path, change(source));
    return await bundleWorkflowCode({
      workflowsPath: join(copy, 'workflows', 'index.ts'),
      payloadConverterPath: join(copy, 'workflows', 'payload-converter.ts'),
      logger: new DefaultLogger('ERROR'),
    });
  } finally {
    await rm(copy, { recursive: true });
  }
}
