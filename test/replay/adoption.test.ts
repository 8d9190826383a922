/** Histories of taking a client over go on under the workflow code of today, and a change that would break them is noticed. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { ask, endOf } from '../../client/provision.ts';
import { clientPreviewStart } from '../../domain/provisioning.ts';
import { surveyStart } from '../../domain/survey.ts';
import type { Survey } from '../../domain/survey.ts';
import { openDigdiratorWorld } from '../digdirator-world.ts';
import { testTemporal } from '../environment.ts';
import { organisation } from '../onboarding.ts';
import { clientName, onboardAdminClient, requestOf, specOf, surveyRequestOf } from '../provisioning.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { bundleWith, nondeterminism, replay } from './planted-bundle.ts';

type Recorded = { readonly workflowId: string; readonly history: unknown };

suite('replay of an adoption', () => {
  let world: TestWorld;
  let survey: Recorded;
  let preview: Recorded;
  /** Of a run that takes a client over, and that the acknowledgement joined. */
  let adoption: Recorded;

  before(async () => {
    world = await startTestWorld();
    await onboardAdminClient(world);
    const client = clientName(world);
    const left = await (await openDigdiratorWorld(world.cloud, organisation, 'etat')).idportenClient(client);

    const surveyed = await started(surveyStart(surveyRequestOf(world, client), randomUUID()));
    const { clients } = (await surveyed.result()) as Survey;
    assert.ok(clients.some(({ clientId }) => clientId === left.id));
    survey = await record(surveyed.workflowId);

    const operation = { kind: 'adopt', clientId: left.id, spec: specOf(client.name) } as const;
    const request = requestOf(world, client, operation);
    const previewed = await started(clientPreviewStart(request, randomUUID()));
    await previewed.result();
    preview = await record(previewed.workflowId);

    const first = await ask(world.client, world.prefix, request);
    const second = await ask(world.client, world.prefix, requestOf(world, client, { kind: 'acknowledge' }));
    for (const asked of [first, second]) assert.equal((await endOf(asked)).outcome, 'applied');
    assert.equal(second.runId, first.runId);
    adoption = await record(first.handle.workflowId);
  });
  after(() => world.close());

  type Start = ReturnType<typeof surveyStart> | ReturnType<typeof clientPreviewStart>;

  function started({ workflowType, args, ...start }: Start) {
    return world.client.workflow.start(workflowType, { ...start, args: [...args], taskQueue: world.prefix });
  }

  async function record(workflowId: string): Promise<Recorded> {
    const history = await world.client.workflow.getHandle(workflowId).fetchHistory();
    return { workflowId, history: JSON.parse(historyToJSON(history)) as unknown };
  }

  test('a survey, a preview and an adoption come to the same end', async () => {
    const { bundle } = await testTemporal();
    for (const { history, workflowId } of [survey, preview, adoption]) {
      await replay({ codePath: bundle }, history, workflowId);
    }
  });

  test('a client that is changed before it is on record as ours is noticed', async () => {
    const bundle = await bundleWith('client-steps.ts', (source) =>
      source.replace("'adopt-client': activities.adoptClient", "'adopt-client': activities.updateClient"),
    );
    await assert.rejects(replay(bundle, adoption.history, adoption.workflowId), nondeterminism);
    await replay(bundle, survey.history, survey.workflowId);
  });

  test('a survey that looks at something else is noticed', async () => {
    const bundle = await bundleWith('survey.ts', (source) =>
      source.replace('.surveyClients(input)', '.planClient(input as never)'),
    );
    await assert.rejects(replay(bundle, survey.history, survey.workflowId), nondeterminism);
    await replay(bundle, adoption.history, adoption.workflowId);
  });
});
