/** The import walls of the layout, as `.oxlintrc.json` holds them: each planted violation is caught. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, glob, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { after, suite, test } from 'node:test';

const project = join(import.meta.dirname, '..', '..');
const layout = await mkdtemp(join(tmpdir(), 'walls-'));
after(() => rm(layout, { recursive: true }));

/** File to statement; every one goes through a wall. */
const violations: ReadonlyArray<readonly [file: string, statement: string]> = [
  ['domain/v1.ts', "import 'zod';"],
  ['domain/v2.ts', "import 'node:crypto';"],
  ['domain/v3.ts', "import '../documents/thing.ts';"],
  ['domain/deep/v4.ts', "import '../../services/thing.ts';"],
  ['domain/v5.ts', "import type { Thing } from '../services/thing.ts';"],
  ['documents/v1.ts', "import '../services/thing.ts';"],
  ['documents/v2.ts', "export { thing } from '../local/thing.ts';"],
  ['services/v1.ts', "import '../documents/thing.ts';"],
  ['services/v2.ts', "import '../activities/thing.ts';"],
  ['services/v3.ts', "import '@temporalio/activity';"],
  ['activities/v1.ts', "import '../workflows/thing.ts';"],
  ['activities/v2.ts', "import '../worker/thing.ts';"],
  ['activities/v3.ts', "import '../local/thing.ts';"],
  ['workflows/v1.ts', "import { thing } from '../activities/thing.ts';"],
  ['workflows/v2.ts', "import '../services/thing.ts';"],
  ['workflows/v3.ts', "import 'node:crypto';"],
  ['workflows/v4.ts', "import 'zod';"],
  ['workflows/v5.ts', "import '@temporalio/client';"],
  ['workflows/v6.ts', "import '../documents/thing.ts';"],
  ['worker/v1.ts', "import '../client/thing.ts';"],
  ['worker/v2.ts', "import '../local/thing.ts';"],
  ['worker/v3.ts', "import '../documents/thing.ts';"],
  ['client/v1.ts', "import { thing } from '../workflows/onboarding.ts';"],
  ['client/v2.ts', "import '../activities/thing.ts';"],
  ['client/v3.ts', "import '../worker/thing.ts';"],
  ['client/commands/v4.ts', "import '../../local/thing.ts';"],
  ['client/commands/worker.ts', "import '../../local/thing.ts';"],
  ['client/commands/dev.ts', "import '../../activities/thing.ts';"],
  ['client/v5.ts', "import '../test/thing.ts';"],
  ['local/v1.ts', "import '../domain/thing.ts';"],
  ['local/kms/v2.ts', "import '../../services/thing.ts';"],
  ['examples/app/v1.ts', "import '../../domain/thing.ts';"],
  ['examples/app/v2.ts', "import '../../local/thing.ts';"],
  ['examples/app/v3.ts', "import type { Thing } from '../../test/thing.ts';"],
];

/** What the layout wants, so that a wall that shuts everything out would be noticed. */
const allowed: typeof violations = [
  ['domain/a1.ts', "import './deep/thing.ts';"],
  ['documents/a1.ts', "import 'zod'; import '../domain/thing.ts';"],
  ['services/a1.ts', "import 'node:crypto'; import '../domain/thing.ts';"],
  ['activities/a1.ts', "import '../services/thing.ts'; import '../documents/thing.ts'; import '../domain/thing.ts';"],
  ['workflows/a1.ts', "import '@temporalio/workflow'; import '@temporalio/common'; import '../domain/thing.ts';"],
  ['workflows/a2.ts', "import type { Thing } from '../activities/thing.ts';"],
  ['worker/a1.ts', "import '../activities/thing.ts'; import '../services/thing.ts'; import '../domain/thing.ts';"],
  ['client/a1.ts', "import '../workflows/messages.ts'; import '../documents/thing.ts'; import './thing.ts';"],
  ['client/a2.ts', "import type { Thing } from '../workflows/onboarding.ts';"],
  ['client/commands/demo.ts', "import '../../local/thing.ts'; import '../../worker/thing.ts';"],
  ['local/a1.ts', "import 'zod'; import './kms/thing.ts';"],
  ['local/kms/a2.ts', "import '../calls.ts';"],
  ['examples/app/a1.ts', "import 'node:http'; import 'openid-client'; import './thing.ts';"],
  ['test/a1.ts', "import '../local/thing.ts'; import '../worker/thing.ts';"],
];

suite('import walls', async () => {
  await copyFile(join(project, '.oxlintrc.json'), join(layout, '.oxlintrc.json'));
  for (const [file, statement] of [...violations, ...allowed]) await plant(file, statement);
  const caught = new Set((await lint()).filter(({ code }) => code === WALL).map(({ filename }) => filename));

  for (const [file, statement] of violations) test(`${file}: ${statement}`, () => assert.ok(caught.has(file)));
  test('what the layout allows goes through', () => {
    assert.deepEqual(
      allowed.filter(([file]) => caught.has(file)),
      [],
    );
  });

  test('no import() goes through a wall either', async () => {
    const walls = await readWalls();
    assert.ok(walls.get('client')?.some((wall) => wall.test('../activities/thing.ts')));
    for await (const file of glob(`{${[...walls.keys()].join()}}/**/*.ts`, { cwd: project })) {
      const source = await readFile(join(project, file), 'utf8');
      const folder = mayImportMore.test(file) ? '' : (file.split(sep)[0] ?? '');
      for (const [, specifier = ''] of source.matchAll(/\bimport\(\s*['"`]([^'"`]+)/g)) {
        const wall = walls.get(folder)?.find((pattern) => pattern.test(specifier));
        assert.equal(wall, undefined, `${file} imports ${specifier}`);
      }
    }
  });
});

test('an async validator of an update, which could never refuse, is a finding', async () => {
  await rm(join(layout, 'workflows'), { recursive: true, force: true });
  await symlink(join(project, 'node_modules'), join(layout, 'node_modules'));
  await copyFile(join(project, 'tsconfig.json'), join(layout, 'tsconfig.json'));
  await writeFile(join(layout, 'package.json'), '{ "type": "module" }');
  const handler = (validator: string): string =>
    `import { defineUpdate, setHandler } from '@temporalio/workflow';
     const decide = defineUpdate<string, [string]>('decide');
     ${validator}
     setHandler(decide, (name) => name, { validator });`;
  await plant(
    'workflows/inline.ts',
    handler('const validator = async (_name: string) => { await Promise.resolve(); };'),
  );
  await plant('workflows/named.ts', handler('async function validator(_name: string) { await Promise.resolve(); }'));
  await plant('workflows/sound.ts', handler('const validator = (_name: string) => {};'));
  const misused = (await lint()).filter(({ code }) => code === 'typescript(no-misused-promises)');
  assert.deepEqual(
    new Set(misused.map(({ filename }) => filename)),
    new Set(['workflows/inline.ts', 'workflows/named.ts']),
  );
});

const WALL = 'eslint(no-restricted-imports)';

type Diagnostic = { readonly code: string; readonly filename: string };

async function plant(file: string, source: string): Promise<void> {
  await mkdir(dirname(join(layout, file)), { recursive: true });
  await writeFile(join(layout, file), `${source}\n`);
}

async function lint(): Promise<readonly Diagnostic[]> {
  const oxlint = join(project, 'node_modules', '.bin', 'oxlint');
  const output = await new Promise<string>((resolve) => {
    execFile(oxlint, ['--format=json'], { cwd: layout, maxBuffer: 2 ** 26 }, (_error, stdout) => resolve(stdout));
  });
  return (JSON.parse(output) as { diagnostics: Diagnostic[] }).diagnostics;
}

/** These commands have walls of their own, a little wider than their folder's. */
const mayImportMore = /^client.commands.(dev|demo|worker)\.ts$/;

/** Folder to what its files may not import. */
async function readWalls(): Promise<ReadonlyMap<string, readonly RegExp[]>> {
  type Rules = { 'no-restricted-imports': [string, { patterns: { regex?: string }[] }] };
  const { overrides } = JSON.parse(await readFile(join(project, '.oxlintrc.json'), 'utf8')) as {
    overrides: { files: string[]; rules: Rules }[];
  };
  const folders = overrides.filter(({ files }) => files[0]?.endsWith('/**'));
  return new Map(
    folders.map(({ files, rules }) => [
      files[0]?.replace('/**', '') ?? '',
      rules['no-restricted-imports'][1].patterns.flatMap(({ regex }) => (regex ? [new RegExp(regex)] : [])),
    ]),
  );
}
