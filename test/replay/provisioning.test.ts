/** Histories of provisioning go on under the workflow code of today, and a change that would break them is noticed. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { ask, endOf } from '../../client/provision.ts';
import { defaultGatePolicy } from '../../domain/approval.ts';
import { clientStatusQuery, decideUpdate } from '../../workflows/messages.ts';
import { testTemporal } from '../environment.ts';
import { organisation } from '../onboarding.ts';
import {
  clientName,
  exposedScope,
  machineName,
  machineSpecOf,
  onboardAdminClient,
  requestOf,
  specOf,
} from '../provisioning.ts';
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

  /** Has a request wait at the gate for wide steps, until it is rejected; its histories before and after. */
  async function histories(): Promise<{ id: string; waiting: unknown; ended: unknown }> {
    world.cloud.digdir.registerPrefix(organisation, 'etat');
    await onboardAdminClient(world, 'maskinporten');
    const spec = machineSpecOf({ consumes: ['etat:egen'], exposes: [exposedScope({ accessibleForAll: true })] });
    world.cloud.digdir.registerScope({ name: 'etat:egen', owner_orgno: organisation, accessible_for_all: true });
    const approval = { wide: { ...defaultGatePolicy, remindAfter: [1] } };
    const wanted = requestOf(world, machineName(world), { kind: 'apply', spec }, { approval });
    const asked = await ask(world.client, world.prefix, wanted);
    const recorded = async (): Promise<unknown> => JSON.parse(historyToJSON(await asked.handle.fetchHistory()));
    const reminded = () => world.audit.some((entry) => 'missing' in entry);
    for (;;) {
      const { asked: gate, ends } = await asked.handle.query(clientStatusQuery);
      assert.deepEqual(ends, []);
      if (!gate || !reminded()) continue;
      const waiting = await recorded();
      const { digest } = gate.awaiting;
      const decision = { gate: 'wide', verdict: 'reject', by: 'kari', reason: 'no', digest };
      await asked.handle.executeUpdate(decideUpdate, { args: [decision] });
      assert.equal((await endOf(asked)).outcome, 'rejected');
      return { id: asked.handle.workflowId, waiting, ended: await recorded() };
    }
  }

  after(() => world.close());

  test('a run that was joined comes to the same end', async () => {
    const { bundle } = await testTemporal();
    await replay({ codePath: bundle }, history, workflowId);
  });

  test('a request that waits for people goes on, and one that was rejected comes to the same end', async () => {
    const { bundle } = await testTemporal();
    const { id, waiting, ended } = await histories();
    await replay({ codePath: bundle }, waiting, id);
    await replay({ codePath: bundle }, ended, id);
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
