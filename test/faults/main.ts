/**
 * `npm run faults`: seeded runs with one fault each.
 *
 *   npm run faults -- --runs 100 --seed 1     seeds 1 to 100
 *   npm run faults -- --process provisioning  of one process alone
 *   npm run faults -- --scenario onboarding   of one scenario alone
 *   npm run faults -- --jobs 4                at most so many at a time
 *
 * Exits with 1 when an invariant was broken, with 2 when it is called wrongly.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { startTestTemporal } from '../setup.ts';
import { openHarness } from './harness.ts';
import { describeRun, passed, summarise } from './report.ts';
import type { Finished } from './report.ts';
import type { Scenario } from './scenario.ts';
import { processes, scenariosOf } from './series.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

type Options = {
  readonly seeds: readonly number[];
  readonly jobs: number;
  readonly scenarios: readonly Scenario[];
  /** The options by which the scenarios were chosen. */
  readonly chosenBy: string;
};

const options = readOptions();
if (typeof options === 'string') {
  console.error(options);
  process.exitCode = 2;
} else {
  const finished = await runAll(options);
  console.log(summarise(finished));
  process.exitCode = finished.every(passed) ? 0 : 1;
}

function readOptions(): Options | string {
  const values = readArguments();
  if (typeof values === 'string') return values;
  const numbers = {
    runs: Number(values.runs ?? 20),
    seed: Number(values.seed ?? 1),
    jobs: Number(values.jobs ?? 2 * availableParallelism()),
  };
  const wrong = Object.entries(numbers).find(([, value]) => !Number.isSafeInteger(value) || value < 0);
  if (wrong) return `--${wrong[0]} has to be a whole number.`;
  const chosen = chooseScenarios(values.process, values.scenario);
  if (typeof chosen === 'string') return chosen;
  const seeds = Array.from({ length: numbers.runs }, (_, index) => numbers.seed + index);
  return { seeds, jobs: Math.max(1, Math.min(numbers.jobs, numbers.runs)), ...chosen };
}

function chooseScenarios(process?: string, scenario?: string): Pick<Options, 'scenarios' | 'chosenBy'> | string {
  const [known] = processes.filter((one) => one === process);
  if (process && !known) return `The processes are ${processes.join(', ')}; there is no ${process}.`;
  const all = known ? scenariosOf[known] : Object.values(scenariosOf).flat();
  if (!scenario) return { scenarios: all, chosenBy: known ? `--process ${known}` : '' };
  const scenarios = all.filter(({ name }) => name === scenario);
  if (scenarios.length > 0) return { scenarios, chosenBy: `--scenario ${scenario}` };
  return `The scenarios are ${all.map(({ name }) => name).join(', ')}; there is no ${scenario}.`;
}

function readArguments() {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ options: { runs: text, seed: text, process: text, scenario: text, jobs: text } }).values;
  } catch (error) {
    return String(error);
  }
}

async function runAll({ seeds, jobs, scenarios, chosenBy }: Options): Promise<Finished[]> {
  const folder = await mkdtemp(join(tmpdir(), 'digdir-faults-server-'));
  const { temporal, close } = await startTestTemporal(folder, (line) => console.error(line));
  const harness = await openHarness(temporal, scenarios, jobs);
  try {
    return await Promise.all(
      seeds.map(async (seed) => {
        const run = await harness.plan(seed);
        const finished = { run, outcome: await harness.run(run.scenario, run.fault) };
        console.log(describeRun(finished, chosenBy));
        return finished;
      }),
    );
  } finally {
    await harness.close();
    await close();
    await rm(folder, { recursive: true, force: true });
  }
}
