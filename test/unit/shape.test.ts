/** A file is a room with one purpose: the sources stay short. */
import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

const project = join(import.meta.dirname, '..', '..');
const folders = 'domain,documents,services,activities,workflows,worker,client,local,test,bench,examples';

test('half of all sources have at most 130 lines, and none has over 400', async () => {
  const lengths: Array<{ file: string; lines: number }> = [];
  for await (const file of glob(`{${folders}}/**/*.{ts,js}`, { cwd: project })) {
    const source = await readFile(join(project, file), 'utf8');
    lengths.push({ file, lines: source.trimEnd().split('\n').length });
  }
  lengths.sort((one, other) => one.lines - other.lines);
  const median = lengths[Math.floor(lengths.length / 2)]?.lines ?? Infinity;
  assert.ok(median <= 130, `the median file has ${median} lines`);
  assert.deepEqual(
    lengths.filter(({ lines }) => lines > 400),
    [],
  );
});
