/** A compromised key as who operates the client is told of it: in the plan, while its successor is awaited, and after. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { onboard, organisation, register } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newRequest } from '../workflows/support.ts';
import { createDesk } from './desk.ts';
import type { Desk } from './desk.ts';

let world: TestWorld;
let first: IssuedCertificate;
let second: IssuedCertificate;
let desk: Desk;
before(async () => {
  world = await startTestWorld();
  first = await world.cloud.authority.issue({ organisation });
  second = await world.cloud.authority.issue({ organisation });
  const request = newRequest(world, first);
  register(world.cloud, request);
  await onboard(world, request, first);
  desk = await createDesk(world, request);
  await desk.tenantFile({});
  await desk.keyFile('second.p12', second);
});
after(() => world.close());

const serialOf = ({ leaf }: IssuedCertificate): string => new X509Certificate(leaf).serialNumber;

const rotate = (...more: readonly string[]) =>
  desk.digdir('rotate-certificate', '-f', 'tenant.yaml', '--compromised', serialOf(first), ...more);

const key = ['--key-file', 'second.p12', '--passphrase-file', 'passphrase'];

/** The line of a table of certificates that names this one. */
const certificate = (issued: IssuedCertificate): string =>
  `  certificate [^\\n]+, serial number ${serialOf(issued)}\\n`;

test('the plan says what goes out of use, and that nothing goes in yet', async () => {
  const { code, stdout, stderr } = await rotate('--plan');
  assert.equal(code, 7, stderr);
  const out = 'maskinporten, whose key is taken out of use for good:\\n';
  assert.match(stdout, new RegExp(`^${out}${certificate(first)}[^\\n]+\\n  nothing goes in yet: .*--key-file`));
  assert.doesNotMatch(stdout, /what goes in/);
});

test('with the key file it says what goes in, and in the place of which', async () => {
  const { code, stdout, stderr } = await rotate(...key, '--plan');
  assert.equal(code, 7, stderr);
  const [inLines, outLines] = [certificate(second), certificate(first)].map((line) => `${line}  SHA-256[^\\n]+\\n`);
  assert.match(stdout, new RegExp(`^maskinporten, what goes in:\\n${inLines}  in the place of:\\n${outLines}`));
});

test('status says that the key is out of use and, once the run has ended, how to go on', async () => {
  const waiting = await rotate('--no-wait');
  assert.equal(waiting.code, 4, waiting.stderr);
  const active = new RegExp(`active: the certificate with serial number ${serialOf(first)}, .*out of use$`, 'm');
  assert.match((await desk.digdir('status', '-f', 'tenant.yaml')).stdout, active);

  const planned = await rotate('--plan');
  assert.match(planned.stdout, /^maskinporten, whose key is out of use already:\n/);

  await desk.digdir('withdraw', desk.workflowId, '--reason', 'another day');
  await world.client.workflow.getHandle(desk.workflowId).result();
  const { stdout } = await desk.digdir('status', '-f', 'tenant.yaml');
  assert.match(stdout, /: ended, withdrawn: /);
  assert.match(stdout, active);
  const next = `--client maskinporten --compromised ${serialOf(first)} --key-file FILE`;
  assert.match(stdout, new RegExp(`digdir rotate-certificate -f \\S+/tenant\\.yaml ${next}\\n$`));
});
