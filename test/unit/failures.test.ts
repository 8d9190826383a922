/** The failure codes: one meaning each, an exit code, something to do, and a use. */
import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { test } from 'node:test';
import { failuresDocument, failuresFile } from '../../docs/generate-failures.ts';
import { exitCodes, failureCodes, failureOf, isFailureCode } from '../../domain/failures.ts';

const project = join(import.meta.dirname, '..', '..');
const product = 'domain,documents,services,activities,workflows,worker,client';

/** The tables as they are written: merging them would hide a code that stands in two. */
const tables = join('domain', 'failures') + sep;

test('a code stands in one table, once', async () => {
  const written: string[] = [];
  for await (const file of glob(`${tables}*.ts`, { cwd: project })) {
    const source = await readFile(join(project, file), 'utf8');
    written.push(...[...source.matchAll(/^ {2}([A-Z][A-Z0-9_]+): \[/gm)].map(([, code = '']) => code));
  }
  assert.deepEqual(written.sort(), [...failureCodes].sort());
});

test('each class has the exit code that the command documents', () => {
  assert.deepEqual(exitCodes, {
    defect: 1,
    usage: 2,
    finding: 3,
    ended: 5,
    gate: 6,
    passing: 6,
    refused: 6,
    notice: 0,
  });
  for (const code of failureCodes) assert.equal(failureOf(code).exitCode, exitCodes[failureOf(code).failureClass]);
});

test('each code has a title, and a remedy that is made of sentences', () => {
  for (const code of failureCodes) {
    const { title, remedy } = failureOf(code);
    assert.match(title, /^\p{Lu}.*[^.]$/u, `the title of ${code}`);
    assert.match(remedy, /^\p{Lu}.{8,}\.$/u, `the remedy of ${code}`);
    assert.notEqual(remedy, title);
  }
});

test('no two codes say the same', () => {
  const titles = failureCodes.map((code) => failureOf(code).title);
  assert.deepEqual(
    titles.filter((title, index) => titles.indexOf(title) !== index),
    [],
  );
});

test('every code is used by the product', async () => {
  const used = new Set<string>();
  for await (const file of glob(`{${product}}/**/*.{ts,js}`, { cwd: project })) {
    if (file.startsWith(tables)) continue;
    const source = await readFile(join(project, file), 'utf8');
    for (const [code] of source.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b/g)) used.add(code);
  }
  assert.deepEqual(
    failureCodes.filter((code) => !used.has(code)),
    [],
  );
});

test('a name that every object has is no failure code', () => {
  assert.ok(isFailureCode('USAGE'));
  for (const other of ['constructor', 'usage', '', undefined, 1]) assert.equal(isFailureCode(other), false);
});

test('docs/failures.md is up to date (else run `npm run docs`)', async () => {
  assert.equal(await readFile(failuresFile, 'utf8'), failuresDocument());
  for (const code of failureCodes) assert.ok(failuresDocument().includes(`\`${code}\``), `${code} is in no group`);
});
