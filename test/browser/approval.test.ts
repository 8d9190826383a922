/** What a person sees and does in the Temporal UI while an onboarding waits, in a real browser. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FrameLocator } from 'playwright-core';
import { awaited, decide, organisation, register, startOnboarding, statusWhen, submitKey } from '../onboarding.ts';
import { newRequest } from '../workflows/support.ts';
import { fact, readDetails, refreshDetails, send, textOf } from './run-page.ts';
import { startStage } from './stage.ts';
import type { Stage } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage.close());

const hostile = '<img src=x onerror=alert(1)> [x](javascript:alert(1)) | # **B** https://evil.example';

type Asked = { readonly organisationName?: string; readonly requestedBy?: string; readonly assertion?: 'x5c' | 'kid' };

/** An onboarding that waits for the private key; Digdir has registered the client, with `kid-7` where it has a key. */
async function waitingForKey({ organisationName = 'Testvirksomheten', requestedBy = 'per', assertion = 'x5c' }: Asked) {
  const { world } = stage;
  const issued = await world.cloud.authority.issue({ organisation, organisationName });
  const request = newRequest(world, issued, { requestedBy, client: { assertion } });
  register(world.cloud, request, assertion === 'kid' ? 'kid-7' : undefined, issued);
  const handle = await startOnboarding(world, request);
  await awaited(handle, 'wrapped-key');
  return { request, issued, handle };
}

async function waitingForRegistration(asked: Asked) {
  const run = await waitingForKey(asked);
  await submitKey(stage.world, run.handle, run.issued);
  return { ...run, awaiting: await awaited(run.handle, 'decision') };
}

/** The message that the page offers, copied and filled in as a person does it: these texts in place of those. */
async function copied(details: FrameLocator, filledIn: Readonly<Record<string, string>>): Promise<string> {
  const message = await details.locator('pre', { hasText: '"verdict"' }).innerText();
  return Object.entries(filledIn).reduce((text, [blank, value]) => text.replace(blank, value), message);
}

const answerOf = { 'your name': 'kari', why: 'seen and checked' };

const onlyText = async (details: FrameLocator): Promise<void> => {
  assert.equal(await details.locator('img, a, script, h1, main h2 ~ h2').count(), 0);
};

test('a run that waits for the private key says who has to do what, until when', async () => {
  const { request, handle } = await waitingForKey({ requestedBy: hostile });
  const { importJob } = await awaited(handle, 'wrapped-key');

  const page = await stage.open(handle.workflowId);
  const details = await readDetails(page, 'Awaited: the private key, wrapped');

  assert.equal(await fact(details, 'From'), `${request.requestedBy}, who started this run`);
  assert.match(await fact(details, 'Since'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
  assert.match(await fact(details, 'Until'), /UTC, then it ends as expired$/);
  const text = await textOf(details);
  assert.ok(text.includes(`command that started ${handle.workflowId} again`));
  assert.ok(text.includes(importJob));
  assert.ok(text.includes('Never paste a key here'));
  await onlyText(details);
  await handle.terminate();
});

test('a run that waits at its gate says from whom, since when, until when, what to check and how to approve', async () => {
  const { request, handle, awaiting } = await waitingForRegistration({ organisationName: hostile });
  const { certificate } = await statusWhen(handle, () => true);
  assert.ok(certificate);

  const page = await stage.open(handle.workflowId);
  const details = await readDetails(page, 'Awaited: 1 approval of registration');

  assert.equal(await fact(details, 'From'), 'anybody but per, who asked for it');
  assert.equal(await fact(details, 'Since'), shown(awaiting.since));
  assert.equal(await fact(details, 'Until'), `${shown(awaiting.until)}, then it ends as expired`);
  assert.equal(await fact(details, 'Environment'), 'local');
  assert.equal(await fact(details, 'Client'), request.client.clientId);
  assert.equal(await fact(details, 'Scopes'), 'idporten:dcr.write, idporten:dcr.read');
  assert.equal(await fact(details, 'Certificate of'), certificate.subject);
  assert.ok(certificate.subject.includes('**B** https://evil.example'));
  assert.equal(await fact(details, 'Serial number'), certificate.serialNumber);
  assert.equal(await fact(details, 'SHA-256 fingerprint'), certificate.fingerprint);
  assert.equal(await fact(details, 'Valid'), `${shown(certificate.notBefore)} to ${shown(certificate.notAfter)}`);
  const text = await textOf(details);
  assert.ok(text.includes('No keys are registered on the client, and it is locked to no other certificate than this.'));
  const command = await details.locator('pre', { hasText: 'digdir approve' }).innerText();
  const approve = `digdir approve '${handle.workflowId}' --gate registration --digest ${awaiting.digest} --reason '…'`;
  assert.equal(command.replaceAll(/\\\n\s*/g, '').trim(), approve);
  await onlyText(details);
  // The UI puts the details into an address, and nginx as it comes refuses a longer one.
  assert.ok(page.frames().every((frame) => frame.url().length < 8_000));
  await handle.terminate();
});

test('a signal about another plan shows as refused, and the one to copy from the page approves', async () => {
  const { handle, awaiting } = await waitingForRegistration({});
  const page = await stage.open(handle.workflowId);
  const details = await readDetails(page, 'Awaited: 1 approval');
  const stale = await copied(details, {
    ...answerOf,
    why: hostile,
    [awaiting.digest]: `sha256:${'0'.repeat(64)}`,
  });

  const description = await send(page, { kind: 'signal', name: 'decide', data: stale });
  assert.match(description, /shown in the details/);
  await statusWhen(handle, ({ decisions }) => decisions.length === 1);
  const refused = await refreshDetails(page, 'DECISION_STALE');
  const line = await refused.getByRole('listitem').filter({ hasText: 'DECISION_STALE' }).innerText();
  assert.ok(line.includes(`kari: approve registration by signal, “${hostile}”. refused`), line);
  assert.ok(line.includes('The decision is about another plan than the one that is awaited.'), line);
  await onlyText(refused);

  const again = await stage.open(handle.workflowId);
  const fresh = await readDetails(again, 'Awaited: 1 approval');
  await send(again, { kind: 'signal', name: 'decide', data: await copied(fresh, answerOf) });
  const result = await handle.result();
  assert.equal(result.outcome, 'onboarded');
  const { via, decidedBy, outcome } = result.decisions.find(({ digest }) => digest === awaiting.digest) ?? {};
  assert.deepEqual({ via, decidedBy, outcome }, { via: 'signal', decidedBy: 'kari', outcome: 'counted' });

  const ended = await readDetails(await stage.open(handle.workflowId), 'Digdir accepts the assertion.');
  const text = await textOf(ended);
  assert.ok(text.startsWith('Onboarded'));
  for (const name of Object.values(result.resources ?? { missing: 'resources' })) assert.ok(text.includes(name), name);
  assert.match(text, /kari: approve registration by signal, “seen and checked”\. counted/);
});

test('an update from the page approves too, with the kid that Digdir gave', async () => {
  const { handle } = await waitingForRegistration({ assertion: 'kid' });
  const page = await stage.open(handle.workflowId);
  const details = await readDetails(page, 'Awaited: 1 approval');
  assert.match(await textOf(details), /registered on the client, and its kid goes into your answer/);

  const data = await copied(details, { ...answerOf, 'the kid that Digdir shows': 'kid-7' });
  const description = await send(page, { kind: 'update', name: 'decide', data });

  assert.match(description, /Approve or reject what is awaited: \{ "gate", "verdict"/);
  const { outcome, active, decisions } = await handle.result();
  assert.equal(outcome, 'onboarded');
  assert.deepEqual(active?.document.assertion, { style: 'kid', kid: 'kid-7' });
  assert.deepEqual(
    decisions.map(({ via }) => via),
    ['update'],
  );
});

test('a rejected run says so', async () => {
  const { handle } = await waitingForRegistration({});
  await decide(handle, { verdict: 'reject' });
  await handle.result();

  const page = await stage.open(handle.workflowId);
  const details = await readDetails(page, 'Rejected');

  const text = await textOf(details);
  assert.ok(text.startsWith('Rejected'));
  assert.match(text, /kari: reject registration by update, “seen and checked”\. counted/);
});

test('the browser asked nobody but this machine', () => {
  assert.deepEqual(stage.hosts(), ['127.0.0.1']);
});

/** An instant in ISO 8601 as the page writes it. */
const shown = (instant: string): string => instant.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
