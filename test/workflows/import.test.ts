/** What KMS can refuse at an import: each leads back to waiting for the key, with the reason, and the run ends well. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { submitKeyUpdate } from '../../workflows/messages.ts';
import type { WrappedKeySubmission } from '../../workflows/messages.ts';
import { awaited, decide, organisation, register, startOnboarding, statusWhen, submissionFor } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newRequest, ownerOf } from './support.ts';
import type { Handle } from './support.ts';

let world: TestWorld;
let issued: IssuedCertificate;
let ahead = 0;
before(async () => {
  world = await startTestWorld({ clock: () => new Date(Date.now() + ahead) });
  issued = await world.cloud.authority.issue({ organisation });
});
after(() => world.close());

const submit = (handle: Handle, submission: WrappedKeySubmission) =>
  handle.executeUpdate(submitKeyUpdate, { args: [submission] });

/** Waits until the key is awaited again, and tells why. */
async function refusal(handle: Handle): Promise<string> {
  const { awaiting } = await statusWhen(handle, (status) => {
    return status.awaiting?.what === 'wrapped-key' && status.awaiting.refusal !== undefined;
  });
  return awaiting?.refusal ?? '';
}

const stateOf = (tenant: string) => {
  const [key] = world.cloud.google.inspect().cryptoKeys.filter(({ name }) => name.includes(`/keyRings/${tenant}/`));
  return (key?.versions ?? []).map(({ state }) => state);
};

test('every kind of wrong submission is explained, and the right one then ends the run well', async () => {
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const handle = await startOnboarding(world, request);
  const { importJob } = await awaited(handle, 'wrapped-key');
  const right = submissionFor(world, importJob, issued);
  const ciphertext = Buffer.from(right.wrappedKey, 'base64');

  await submit(handle, { ...right, wrappedKey: randomBytes(ciphertext.length).toString('base64') });
  assert.match(await refusal(handle), /IMPORT_FAILED: The key material .* couldn't be unwrapped/);

  await submit(handle, { ...right, wrappedKey: ciphertext.subarray(0, 390).toString('base64') });
  assert.match(await refusal(handle), /importing the key: Wrapped key is too short/);

  const other = await world.cloud.authority.issue({ organisation });
  await submit(handle, submissionFor(world, importJob, other));
  assert.match(await refusal(handle), /not the key of the certificate/);
  assert.deepEqual(stateOf(request.tenant), ['IMPORT_FAILED', 'DISABLED'], 'the foreign key is of no use any more');

  const larger = await world.cloud.authority.issue({ organisation, keySize: 3072 });
  await submit(handle, submissionFor(world, importJob, larger));
  assert.match(await refusal(handle), /IMPORT_FAILED/);

  const owner = ownerOf(world);
  await owner.kms.createImportJob({
    parent: importJob.slice(0, importJob.indexOf('/importJobs/')),
    importJobId: 'of-somebody-else',
    importJob: { importMethod: 'RSA_OAEP_3072_SHA256_AES_256', protectionLevel: 'SOFTWARE' },
  });
  await owner.close();
  const otherJob = importJob.replace(/[^/]+$/, 'of-somebody-else');
  const misdirected = submissionFor(world, otherJob, issued);
  const answer = await submit(handle, misdirected);
  assert.equal(answer.code, 'SUBMISSION_NOT_AWAITED', 'another job than the awaited one');
  await submit(handle, { ...misdirected, importJob });
  assert.match(await refusal(handle), /IMPORT_FAILED/);

  await submit(handle, right);
  await decide(handle);
  const result = await handle.result();
  assert.equal(result.outcome, 'onboarded');
  const { keyVersion = '' } = result.resources ?? {};
  const states = stateOf(request.tenant);
  assert.equal(states.filter((state) => state === 'ENABLED').length, 1);
  assert.equal(states[Number(keyVersion.slice(keyVersion.lastIndexOf('/') + 1)) - 1], 'ENABLED');
});

test('a job that expired before the key came is followed by the next one', async () => {
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const handle = await startOnboarding(world, request);
  const first = await awaited(handle, 'wrapped-key');
  const submission = submissionFor(world, first.importJob, issued);
  ahead = 3 * 24 * 3_600_000;
  world.cloud.digdir.settings.clockSkew = -ahead;

  await submit(handle, submission);
  assert.match(await refusal(handle), /expired.*current state is: EXPIRED/);
  const second = await awaited(handle, 'wrapped-key');
  assert.match(first.importJob, /-1$/);
  assert.match(second.importJob, /-2$/);
  await submit(handle, submissionFor(world, second.importJob, issued));
  await decide(handle);
  assert.equal((await handle.result()).outcome, 'onboarded');
});
