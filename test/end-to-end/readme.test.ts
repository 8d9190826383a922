/** Every command of the runbooks works as it is written: a command that nobody here understands is a failure. */
import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { registeredKid } from '../../local/tenant.ts';
import { settingNames } from '../../worker/settings.ts';
import { createReader, kari, ola } from './reader.ts';
import type { Reader } from './reader.ts';
import { commandsOf, wordsOf } from './runbook.ts';

const project = join(import.meta.dirname, '..', '..');

/** What this test runs inside of. */
const notRun = ['npm ci', 'npm test'];

/** Asked for at a terminal, which there is none of here. */
const passphrase = ['--passphrase-file', '.digdir/tenant/passphrase'];

type Way = (reader: Reader, words: readonly string[]) => Promise<void>;

/** How a command begins, and what to do with it. The first that fits counts. */
const ways: ReadonlyArray<readonly [beginning: string, way: Way]> = [
  ['npm run digdir -- dev', async ({ digdir }) => void (await digdir(['dev']).said('stderr', /Ctrl-C ends the world/))],
  ['npm run digdir -- onboard', onboard],
  ['npm run digdir -- rotate-certificate', rotate],
  ['npm run digdir -- roll-back', rollBack],
  ['npm run digdir -- approve', decide],
  ['npm run digdir -- reject', decide],
  ['npm run digdir -- withdraw', decide],
  ['npm run digdir -- plan', declare],
  ['npm run digdir -- apply', declare],
  ['npm run digdir -- expiry', declare],
  ['npm run digdir -- watch', declare],
  ['npm run digdir -- ', async ({ digdir, ends }, words) => void (await ends(digdir(words.slice(4)), 0))],
  ['npm run worker', work],
  ['npm run demo', async ({ npm, ends }, words) => void (await ends(npm(words.slice(2)), 0))],
  ['npm run ', async ({ inProject, ends }, words) => void (await ends(inProject(words.slice(2)), 0))],
  ['. ', async ({ source }, [, file = '']) => await source(file)],
  ['export ', async (_reader, words) => known(words.slice(1))],
];

for (const runbook of await runbooks()) {
  const commands = commandsOf(await readFile(join(project, runbook), 'utf8'));
  suite(`the commands of ${runbook}`, () => {
    let reader: Reader;
    before(async () => {
      reader = await createReader();
      if (!commands.includes('npm run digdir -- dev')) await inWorld(reader);
    });
    after(async () => {
      const ends = await reader.leave();
      const broken = ends.filter(({ stderr }) => /\[(UNEXPECTED|ASSERTION_DEFECT)\]|Unhandled/.test(stderr));
      assert.deepEqual(broken, []);
    });

    for (const command of commands.filter((one) => !notRun.includes(one))) {
      test(command, async () => {
        const way = ways.find(([beginning]) => command.startsWith(beginning))?.[1];
        assert.ok(way, 'nobody here understands this command');
        await way(reader, wordsOf(command));
      });
    }
  });
}

/** Of a runbook that is for a world that is there. */
async function inWorld({ digdir, source }: Reader): Promise<void> {
  await digdir(['dev']).said('stderr', /Ctrl-C ends the world/);
  await source('.digdir/env');
}

async function runbooks(): Promise<string[]> {
  const found = ['README.md'];
  for await (const file of glob('docs/*.md', { cwd: project })) {
    if (commandsOf(await readFile(join(project, file), 'utf8')).length > 0) found.push(file);
  }
  return found;
}

/** Exit codes: 7, `--plan` found changes; 4, a person is awaited. Else the command stays until somebody decides. */
async function onboard(reader: Reader, words: readonly string[]): Promise<void> {
  const options = words.slice(4);
  if (options.includes('tenant.yaml')) {
    if (options.includes('--adopt')) return adopt(reader, options);
    await reader.provide('nais-test', ['maskinporten', 'idporten']);
    if (!options.includes('--passphrase-file')) options.push(...passphrase);
  }
  const command = reader.digdir(options);
  if (options.includes('--plan')) await reader.ends(command, 7);
  else if (options.includes('--no-wait')) await reader.ends(command, 4);
  else await command.said('stderr', /started admin-client:/);
}

/** The next certificate is the one that the world has for the other client. Exit code 7: `--plan` found changes. */
async function rotate(reader: Reader, words: readonly string[]): Promise<void> {
  const options = [...words.slice(4), ...passphrase];
  const workflowId = 'admin-client:nais-test:local:maskinporten';
  if (options.includes('--plan')) {
    // The onboarding that was approved before has a token to take yet.
    while (await reader.isRunning(workflowId));
    await reader.provide('nais-test', ['maskinporten', 'idporten']);
    await reader.copy('idporten.p12', 'new.p12');
    return void (await reader.ends(reader.digdir(options), 7));
  }
  const command = reader.digdir(options);
  const digest = await reader.awaited(workflowId, 'registration');
  const decision = ['--gate', 'registration', '--digest', digest, '--reason', 'seen'];
  await reader.ends(reader.digdir(['approve', workflowId, ...decision], kari), 0);
  await reader.ends(command, 0);
}

async function rollBack({ digdir, ends }: Reader, words: readonly string[]): Promise<void> {
  const [verb = '', id = '', ...options] = words.slice(4);
  await ends(digdir([verb, id.replace(/:test:/, ':local:'), ...options]), 0);
}

/** What somebody made by hand is here made under another tenant's name. */
async function adopt({ provide, digdir, awaited, ends, write }: Reader, options: readonly string[]): Promise<void> {
  const onboardAs = async (tenant: string, more: readonly string[]) => {
    await provide(tenant, ['maskinporten']);
    const command = digdir(more);
    const workflowId = `admin-client:${tenant}:local:maskinporten`;
    const digest = await awaited(workflowId, 'registration');
    const decision = ['--gate', 'registration', '--digest', digest, '--reason', 'registered'];
    await ends(digdir(['approve', workflowId, ...decision], kari), 0);
    return (await ends(command, 0)).stdout;
  };
  const byHand = ['onboard', '-f', 'tenant.yaml', '--key-file', 'maskinporten.p12', ...passphrase];
  const yaml = await onboardAs('by-hand', byHand);
  await write('resources.yaml', yaml);
  const adopted = await onboardAs('adopting', options);
  assert.equal(adopted, yaml, 'the adopted resources are handed over');
}

/** A decision about what the run really awaits; where a former command ended the run, it is started again. */
async function decide(reader: Reader, words: readonly string[]): Promise<void> {
  const [verb = '', id = '', ...options] = words.slice(4);
  const workflowId = id.replace(/:test:/, ':local:');
  const gate = options[options.indexOf('--gate') + 1] ?? '';
  const kind = workflowId.slice(workflowId.lastIndexOf(':') + 1);
  if (!(await reader.isRunning(workflowId))) {
    await reader.provide('nais-test', [kind]);
    const again = ['onboard', '-f', 'tenant.yaml', '--key-file', `${kind}.p12`, '--no-wait', ...passphrase];
    await reader.ends(reader.digdir(again, ola), 4);
  }
  const digest = await reader.awaited(workflowId, verb === 'withdraw' ? 'registration' : gate);
  const real = options.map((word) => (word.startsWith('sha256:') ? digest : word));
  await reader.ends(reader.digdir([verb, workflowId, ...real], kari), 0);
}

const administered = new WeakSet<Reader>();

/** Clients of applications, for which the admin client is onboarded once. Exit code 7: `plan` found changes. */
async function declare(reader: Reader, words: readonly string[]): Promise<void> {
  if (!administered.has(reader)) await administer(reader);
  administered.add(reader);
  await reader.ends(reader.digdir(words.slice(4)), words[4] === 'plan' ? 7 : 0);
}

async function administer({ provide, digdir, awaited, ends }: Reader): Promise<void> {
  await provide('nais-test', ['idporten']);
  const command = digdir(['onboard', '-f', 'tenant.yaml', '--key-file', 'idporten.p12', ...passphrase]);
  const workflowId = 'admin-client:nais-test:local:idporten';
  const digest = await awaited(workflowId, 'registration');
  const decision = ['--gate', 'registration', '--digest', digest, '--kid', registeredKid, '--reason', 'registered'];
  await ends(digdir(['approve', workflowId, ...decision], kari), 0);
  await ends(command, 0);
}

async function work({ npm }: Reader): Promise<void> {
  const worker = npm(['worker']);
  await worker.said('stdout', /The worker polls/);
  worker.interrupt();
  await worker.ended;
}

/** The values are those of a real world; here the names count. */
function known(assignments: readonly string[]): void {
  const names = assignments.map((assignment) => assignment.split('=')[0] ?? '');
  // Besides the worker's own: what the command reads (client/connect.ts, client/links.ts).
  const ofCommand = ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'DIGDIR_TEMPORAL_UI'];
  const unknown = names.filter((name) => !settingNames.includes(name) && !ofCommand.includes(name));
  assert.deepEqual(unknown, []);
}
