import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../local/calls.ts';
import { chooseFault, faultKinds } from './fault.ts';
import { describeRun, summarise } from './report.ts';
import { scenarios } from './scenarios.ts';

const methods = ['GetKeyRing', 'CreateKeyRing', 'GetKeyRing', 'SetIamPolicy', 'ListImportJobs', 'SetIamPolicy'];
const calls = methods.map((method, at): Call => ({ index: at + 1, system: 'kms', method, caller: 'operator' }));
const seeds = Array.from({ length: 70 }, (_, seed) => seed);
const faults = seeds.map((seed) => chooseFault(seed, seed, calls));

test('a seed always means the same fault, in whatever order the calls arrived', () => {
  const reversed = methods
    .toReversed()
    .map((method, at): Call => ({ index: at + 1, system: 'kms', method, caller: '' }));
  for (const [seed, { kind, target }] of faults.entries()) {
    const again = chooseFault(seed, seed, reversed);
    assert.deepEqual([again.kind, again.target], [kind, target]);
  }
});

test('seeds in a row have every kind, and many seeds strike every call', () => {
  assert.deepEqual(new Set(faults.slice(0, faultKinds.length).map(({ kind }) => kind)), new Set(faultKinds));
  const struck = faults.map(({ target }) => `${target.method} ${target.occurrence}`);
  assert.deepEqual([...new Set(struck)].toSorted(), [
    'CreateKeyRing 1',
    'GetKeyRing 1',
    'GetKeyRing 2',
    'ListImportJobs 1',
    'SetIamPolicy 1',
    'SetIamPolicy 2',
  ]);
});

test('a broken run tells what broke it and how to see it again, and is missing among those that passed', () => {
  const [scenario] = scenarios;
  const [fault] = faults;
  assert.ok(scenario && fault);
  const run = { seed: 4711, scenario, fault };
  const broken = { run, outcome: { broken: [{ invariant: 'one enabled chain', reason: '2 versions are enabled' }] } };
  const told = describeRun(broken, '--scenario onboarding');
  for (const part of [fault.kind, 'one enabled chain: 2 versions', '--seed 4711 --runs 1 --scenario onboarding']) {
    assert.ok(told.includes(part), told);
  }
  assert.match(summarise([broken, { run, outcome: { broken: [] } }]), /all +2 +1 +2/);
});
