/** A run that waits for the private key says how it is handed in, and that command joins the run. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { awaited, organisation, register, startOnboarding } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newRequest } from '../workflows/support.ts';
import { createDesk } from './desk.ts';

let world: TestWorld;
before(async () => {
  world = await startTestWorld();
});
after(() => world.close());

test('status shows the command, which goes on from there', async () => {
  const issued: IssuedCertificate = await world.cloud.authority.issue({ organisation });
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const desk = await createDesk(world, request);
  await desk.tenantFile({});
  await desk.keyFile('key.p12', issued);
  const handle = await startOnboarding(world, request);
  await awaited(handle, 'wrapped-key');

  const { stdout } = await desk.digdir('status', '-f', 'tenant.yaml');
  const [, command = ''] = /^ {2}to hand it in: digdir (.*)$/m.exec(stdout) ?? assert.fail(stdout);
  assert.match(command, /^onboard -f \S+\/tenant\.yaml --client maskinporten --key-file FILE$/);
  // The desk has its own folder for files.
  const words = command
    .replace(/\S+\/tenant\.yaml/, 'tenant.yaml')
    .replace('FILE', 'key.p12')
    .split(' ');
  const { code, stderr } = await desk.digdir(...words, '--passphrase-file', 'passphrase', '--no-wait');
  assert.equal(code, 4, stderr);
  assert.match(stderr, /joins the running/);
  assert.equal((await awaited(handle, 'decision')).gate, 'registration');
});
