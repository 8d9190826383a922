/** Histories of provisioning go on under the workflow code of today, and a change that would break them is noticed. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { ask, endOf } from '../../client/provision.ts';
import { testTemporal } from '../environment.ts';
import { clientName, onboardAdminClient, requestOf, specOf } from '../provisioning.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { bundleWith, nondeterminism, replay } from './planted-bundle.ts';

suite('replay of provisioning', () => {
  let world: TestWorld;
  let workflowId: string;
  /** Of a run that a second request joined. */
  let history: unknown;

  before(async () => {
    world = await startTestWorld();
    await onboardAdminClient(world);
    const client = clientName(world);
    const apply = { kind: 'apply', spec: specOf(client.name) } as const;
    const first = await ask(world.client, world.prefix, requestOf(world, client, apply));
    const second = await ask(world.client, world.prefix, requestOf(world, client, { kind: 'rotate-key' }));
    for (const asked of [first, second]) assert.equal((await endOf(asked)).outcome, 'applied');
    assert.equal(second.runId, first.runId);
    ({ workflowId } = first.handle);
    history = JSON.parse(historyToJSON(await first.handle.fetchHistory()));
  });
  after(() => world.close());

  test('a run that was joined comes to the same end', async () => {
    const { bundle } = await testTemporal();
    await replay({ codePath: bundle }, history, workflowId);
  });

  test('steps in another order are noticed', async () => {
    const bundle = await bundleWith('provisioning.ts', (source) =>
      source.replace('for (const step of steps)', 'for (const step of steps.toReversed())'),
    );
    await assert.rejects(replay(bundle, history, workflowId), nondeterminism);
  });

  test('a request that is passed over is noticed', async () => {
    const bundle = await bundleWith('client-run.ts', (source) =>
      source.replace('run.waiting.push(numbered);', 'if (numbered.sequence === 1) run.waiting.push(numbered);'),
    );
    await assert.rejects(replay(bundle, history, workflowId), nondeterminism);
  });
});
