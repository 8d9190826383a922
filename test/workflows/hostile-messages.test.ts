/** Anyone who reaches the namespace may send anything: every run stays alive, answers or records it, and ends well. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { onboardingStart, previewType } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { decideSignal, decideUpdate, statusQuery, submitKeyUpdate } from '../../workflows/messages.ts';
import { decide, organisation, register, startOnboarding, statusWhen, submitKey } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newRequest, nextGate } from './support.ts';
import type { Handle } from './support.ts';

let world: TestWorld;
let issued: IssuedCertificate;
before(async () => {
  world = await startTestWorld();
  issued = await world.cloud.authority.issue({ organisation });
});
after(() => world.close());

const huge = 'x'.repeat(200_000);
const shapes: readonly unknown[][] = [
  [],
  [null],
  ['approve'],
  [42],
  [[]],
  [{}],
  [{ gate: 'registration' }],
  [{ gate: 'registration', verdict: 'approve', by: huge, reason: 'y', digest: 'z' }],
  [{ gate: 'registration', verdict: 'approve', by: 'x', reason: huge, digest: 'z' }],
  [{ importJob: 'x', wrappedKey: huge, submittedBy: 'y' }],
  [{ importJob: 'x', wrappedKey: 'not base64!', submittedBy: 'y' }],
  [{ by: huge, reason: 'because' }],
  [{ __proto__: null, by: 'x' }],
];

const unknownGate = { gate: 'nowhere', verdict: 'approve', by: 'x', reason: 'y', digest: 'z' };

/** The reply of an update, or the code of its refusal. Anything else, and above all no reply, fails the test. */
async function replyTo(update: Promise<unknown>): Promise<unknown> {
  try {
    return await update;
  } catch (error) {
    assert.ok(error instanceof WorkflowUpdateFailedError, String(error));
    return (error.cause as { type?: string }).type;
  }
}

/** What only a program that speaks gRPC itself can send: a payload that is encoded as a protobuf message. */
const foreignPayloads = {
  payloads: [
    {
      metadata: { encoding: Buffer.from('json/protobuf'), messageType: Buffer.from('temporal.api.common.v1.Header') },
      data: Buffer.from('{}'),
    },
  ],
};

async function sendForeign(handle: Handle, name: string): Promise<void> {
  const { workflowService, options } = world.client;
  const target = { namespace: options.namespace, workflowExecution: { workflowId: handle.workflowId } };
  await workflowService.signalWorkflowExecution({ ...target, signalName: name, input: foreignPayloads });
  const { outcome } = await workflowService.updateWorkflowExecution({
    ...target,
    waitPolicy: { lifecycleStage: 'UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED' as never },
    request: { meta: { updateId: `foreign-${name}` }, input: { name, args: foreignPayloads } },
  });
  assert.match(outcome?.failure?.applicationFailureInfo?.type ?? '', /MALFORMED$/);
}

async function bombard(handle: Handle, names: readonly string[]): Promise<void> {
  for (const name of names) {
    for (const args of shapes) {
      assert.match(
        String(await replyTo(handle.executeUpdate<unknown, [unknown]>(name, { args: args as [unknown] }))),
        /MALFORMED$/,
        `${name} ${args.length}`,
      );
      await handle.signal(name, ...args);
    }
    await sendForeign(handle, name);
  }
  await handle.signal('noSuchSignal', { any: 'thing' });
  await assert.rejects(handle.executeUpdate('noSuchUpdate', { args: [] }));
  await assert.rejects(handle.query('noSuchQuery'));
}

test('a bombarded run records what it can, and ends well', async () => {
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const handle = await startOnboarding(world, request);
  await statusWhen(handle, ({ awaiting }) => awaiting?.what === 'wrapped-key');
  await bombard(handle, ['submitKey', 'withdraw']);
  await submitKey(world, handle, issued);
  await nextGate(handle);
  await bombard(handle, ['decide']);
  await handle.signal('decide', unknownGate);

  const { decisions } = await handle.query(statusQuery);
  const malformed = decisions.filter(({ code }) => code === 'DECISION_MALFORMED');
  assert.equal(malformed.length, shapes.length + 2, 'each signal is on record');
  await decide(handle);
  const result = await handle.result();
  assert.equal(result.outcome, 'onboarded');
});

test('many long refused decisions are kept up to a cap, and do not keep the run from its end', async () => {
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const handle = await startOnboarding(world, request);
  await submitKey(world, handle, issued);
  const { digest } = await nextGate(handle);
  const control = '\u0001'.repeat(250);
  for (let number = 0; number < 130; number++) {
    const by = `${number} ${control}`;
    const reason = '\u202e'.repeat(1_999 - control.length);
    await handle.signal(decideSignal, { gate: 'activation', verdict: 'approve', by, reason, digest });
  }
  await decide(handle);
  const result = await handle.result();

  assert.equal(result.outcome, 'onboarded');
  const refused = result.decisions.filter(({ outcome }) => outcome === 'refused');
  assert.equal(refused.length, 100);
  assert.match(refused.at(-1)?.decidedBy ?? '', /^129 /, 'the latest are kept');
  const record = world.cloud.google
    .inspect()
    .secrets.find(({ name }) => name.endsWith(`/${request.tenant}-local-maskinporten-record`));
  const kept = JSON.parse(String(record?.versions[0]?.payload)) as typeof result;
  assert.deepEqual(
    kept.decisions.filter(({ outcome }) => outcome === 'counted').map(({ decidedBy }) => decidedBy),
    ['kari'],
  );
});

test('names with Markdown and control characters decide like others, and cannot forge the details', async () => {
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const handle = await startOnboarding(world, request);
  await submitKey(world, handle, issued);
  const { digest } = await nextGate(handle);
  const by = 'kari\n# Approved by everybody\n| a | b |\u0000\u202e [x](http://evil)';
  const answer = await handle.executeUpdate(decideUpdate, {
    args: [{ gate: 'registration', verdict: 'reject', by, reason: '<script>\n## no', digest }],
  });
  assert.equal(answer.outcome, 'counted');
  const result = await handle.result();
  assert.equal(result.outcome, 'rejected');
  assert.equal(result.decisions[0]?.decidedBy, by);
  const metadata = (await handle.query('__temporal_workflow_metadata')) as { currentDetails?: string };
  const lines = (metadata.currentDetails ?? '').split('\n');
  assert.ok(
    lines.some((line) => line.includes('Approved by everybody')),
    'the decision is shown',
  );
  assert.ok(!lines.some((line) => /^#+ (Approved|no)/.test(line)));
  assert.ok(!lines.some((line) => /[^\\]\[x\]/.test(line)));
});

test('submissions and withdrawals that come at the wrong time are refused, and a second start attaches nowhere', async () => {
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const handle = await startOnboarding(world, request);
  await assert.rejects(startOnboarding(world, request), WorkflowExecutionAlreadyStartedError);
  const { workflowType: _onboarding, args, ...start } = onboardingStart(request);
  await assert.rejects(
    world.client.workflow.start(previewType, { ...start, args: [...args], taskQueue: world.prefix }),
    WorkflowExecutionAlreadyStartedError,
  );
  await submitKey(world, handle, issued);
  await nextGate(handle);
  const late = await handle.executeUpdate(submitKeyUpdate, {
    args: [{ importJob: 'projects/p/importJobs/x', wrappedKey: 'AAAA', submittedBy: 'per' }],
  });
  assert.equal(late.code, 'SUBMISSION_NOT_AWAITED');
  await decide(handle);
  assert.equal((await handle.result()).outcome, 'onboarded');
});
