/** Histories of the watch come to the same end under the workflow code of today, and a change that would break them is noticed. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { adminClientWorkflowId } from '../../domain/names.ts';
import { watchStart } from '../../domain/watch.ts';
import type { WatchRequest, WatchResult } from '../../domain/watch.ts';
import { withdrawUpdate } from '../../workflows/messages.ts';
import { testTemporal } from '../environment.ts';
import { quickPace } from '../onboarding.ts';
import { adminScopes, onboardAdminClient, tenantOf } from '../provisioning.ts';
import { quickRotation } from '../rotation.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { bundleWith, nondeterminism, replay } from './planted-bundle.ts';

type Moment = 'told' | 'quiet';

const year = 366 * 86_400;

suite('replay of the watch', () => {
  let world: TestWorld;
  /** As history files hold them: of a pass that starts a renewal, tells of it and keeps that, and of one with nothing to do. */
  const histories = new Map<Moment, { readonly workflowId: string; readonly history: unknown }>();

  before(async () => {
    world = await startTestWorld();
    const clientId = await onboardAdminClient(world);
    const { tenant, environment, organisation, google, platform, approval } = tenantOf(world);
    const clients = { idporten: { clientId, scopes: adminScopes.idporten, assertion: 'x5c' } } as const;
    const subject = { tenant, environment, organisation, google, platform, clients, approval };
    const request = { ...subject, rotation: quickRotation, requestedBy: 'per', pace: quickPace };
    const told = await keep('told', { ...request, renewBefore: 9 * year });
    assert.deepEqual([told.renewals.length, told.notices.length], [1, 1]);
    const quiet = await keep('quiet', request);
    assert.deepEqual([quiet.renewals, quiet.notices, quiet.findings], [[], [], []]);
    const rotation = world.client.workflow.getHandle(adminClientWorkflowId({ tenant, environment, kind: 'idporten' }));
    await rotation.executeUpdate(withdrawUpdate, { args: [{ by: 'per', reason: 'not now' }] });
  });
  after(() => world.close());

  async function keep(moment: Moment, request: WatchRequest): Promise<WatchResult> {
    const { workflowType, args, ...start } = watchStart(request, moment);
    const options = { ...start, args: [...args], taskQueue: world.prefix };
    const handle = await world.client.workflow.start(workflowType, options);
    const result = (await handle.result()) as WatchResult;
    const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
    histories.set(moment, { workflowId: start.workflowId, history });
    return result;
  }

  async function breaks(bundle: WorkflowBundleOption, broken: readonly Moment[]): Promise<void> {
    for (const [moment, { workflowId, history }] of histories) {
      const replayed = replay(bundle, history, workflowId);
      if (broken.includes(moment)) await assert.rejects(replayed, nondeterminism, moment);
      else await replayed;
    }
  }

  test('passes come to the same end', async () => {
    const { bundle } = await testTemporal();
    assert.deepEqual([...histories.keys()], ['told', 'quiet']);
    await breaks({ codePath: bundle }, []);
  });

  test('a pass that does not wait until people are told is noticed', async () => {
    const bundle = await bundleWith('watch.ts', (source) =>
      source.replace('await inLanes(pass.notices, lanes,', 'void inLanes(pass.notices, lanes,'),
    );
    await breaks(bundle, ['told']);
  });

  test('a secret that is not made before something is kept in it is noticed', async () => {
    const bundle = await bundleWith('watch.ts', (source) => source.replace('if (!isKept)', 'if (isKept)'));
    await breaks(bundle, ['told']);
  });
});
