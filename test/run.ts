/**
 * `npm test`: all test files under Node's test runner, with one Temporal server and one workflow bundle for the run.
 *
 *   npm test -- PATTERN…      only the files whose path contains one of the patterns
 *   npm test -- --test-…      options for Node's test runner
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { glob, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterwards } from './afterwards.ts';
import { SECRETS_COLLECTOR, startCollector } from './key-scan/registry.ts';
import { SHARED_TEMPORAL, startTestTemporal } from './setup.ts';

const project = join(import.meta.dirname, '..');
const given = process.argv.slice(2);
const options = given.filter((argument) => argument.startsWith('-'));
const patterns = given.filter((argument) => !argument.startsWith('-'));

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

process.exitCode = await runAll(await testFiles());

async function testFiles(): Promise<string[]> {
  const chosen: string[] = [];
  for await (const file of glob('test/**/*.test.ts', { cwd: project })) {
    if (patterns.length === 0 || patterns.some((pattern) => file.includes(pattern))) chosen.push(file);
  }
  return chosen.sort();
}

async function runAll(files: readonly string[]): Promise<number> {
  if (files.length === 0) {
    console.error(`No test file's path contains ${patterns.join(' or ')}.`);
    return 2;
  }
  if (files.every((file) => file.startsWith(join('test', 'unit')))) return await runTests(files, {}, []);

  const folder = await mkdtemp(join(tmpdir(), 'digdir-test-'));
  const collector = await startCollector();
  try {
    const { temporal, close } = await startTestTemporal(folder, (line) => console.error(line));
    const output = join(folder, 'output.txt');
    const shared = { [SHARED_TEMPORAL]: JSON.stringify(temporal), [SECRETS_COLLECTOR]: collector.url };
    const code = await runTests(files, shared, reportersTo(output));
    await close();
    const left = await Promise.all(
      afterwards.map(async (check) => await check({ temporal, output, secrets: collector.secrets() })),
    );
    for (const line of left.flat()) console.error(`Left behind: ${line}`);
    return left.flat().length > 0 ? Math.max(code, 1) : code;
  } finally {
    await collector.close();
    await rm(folder, { recursive: true });
  }
}

/** What the tests print goes to a file as well; a reporter that is asked for has to come with its destination. */
function reportersTo(file: string): string[] {
  const toFile = ['--test-reporter=spec', `--test-reporter-destination=${file}`];
  if (options.some((option) => option.startsWith('--test-reporter'))) return toFile;
  return ['--test-reporter=spec', '--test-reporter-destination=stdout', ...toFile];
}

/** Resolves to the exit code of Node's test runner; ends it early when this run is interrupted. */
async function runTests(
  files: readonly string[],
  environment: NodeJS.ProcessEnv,
  reporters: readonly string[],
): Promise<number> {
  if (interrupted.signal.aborted) return 130;
  // One more than Node's own choice on two cores: workflow tests wait for the server half of their time.
  const concurrency = Math.max(2, availableParallelism() - 1);
  const settings = [`--test-concurrency=${concurrency}`, '--test-timeout=600000'];
  const runner = spawn(process.execPath, ['--test', ...settings, ...reporters, ...options, ...files], {
    cwd: project,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  interrupted.signal.addEventListener('abort', () => runner.kill('SIGINT'));
  const [code] = (await once(runner, 'exit')) as [number | null];
  return interrupted.signal.aborted ? 130 : (code ?? 1);
}
