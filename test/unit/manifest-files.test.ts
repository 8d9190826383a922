/** What `-f` means: files, folders, and what is passed over in them. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { findManifestFiles } from '../../client/manifest-files.ts';
import { readManifestsInput } from '../../client/manifests-input.ts';

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'digdir-folder-'));
});
after(async () => await rm(root, { recursive: true }));

const at = (...parts: readonly string[]): string => join(root, ...parts);

/** Files with nothing of ours in them. */
async function lay(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(at(path)), { recursive: true });
    await writeFile(at(path), 'kind: Service\n');
  }
}

async function found(...given: readonly string[]): Promise<{ files: string[]; findings: string[] }> {
  const { files, findings } = await findManifestFiles(
    given.map((path) => at(path)),
    at('tenant.yaml'),
  );
  const short = (path: string): string => relative(root, path);
  return { files: files.map(short), findings: findings.map(({ code, where }) => `${short(where)} ${code}`) };
}

suite('the files of a folder', () => {
  test('are those that end in .yaml or .yml, however deep, by their path', async () => {
    await lay('a/z.yaml', 'a/b/c/d.yml', 'a/b/a.yaml', 'a/readme.md', 'a/x.yaml.bak', 'a/x.json');
    assert.deepEqual(await found('a'), { files: ['a/b/a.yaml', 'a/b/c/d.yml', 'a/z.yaml'], findings: [] });
  });

  test('are not those that are hidden, in node_modules, or behind a link to a folder', async () => {
    await lay('b/app.yaml', 'b/.git/x.yaml', 'b/.hidden.yaml', 'b/node_modules/p/x.yaml', 'elsewhere/x.yaml');
    await symlink(at('elsewhere'), at('b', 'link'));
    await symlink(at('b'), at('b', 'round.yaml'));
    assert.deepEqual((await found('b')).files, ['b/app.yaml']);
  });

  test('include a link to a file, which is read once', async () => {
    await lay('c/one.yaml', 'target/two.yaml');
    await symlink(at('c/one.yaml'), at('c/same.yaml'));
    await symlink(at('target/two.yaml'), at('c/two.yaml'));
    assert.deepEqual((await found('c', 'c/one.yaml', 'c/../c/one.yaml')).files, ['c/one.yaml', 'c/two.yaml']);
  });

  test('do not include the tenant file, unless it is named', async () => {
    await lay('tenant.yaml', 'app.yaml');
    assert.deepEqual((await found('.')).files.includes('tenant.yaml'), false);
    assert.deepEqual((await found('tenant.yaml')).files, ['tenant.yaml']);
  });

  test('a folder that was named is searched, hidden or behind a link as it may be', async () => {
    await lay('.named/x.yaml');
    await symlink(at('.named'), at('to-named'));
    assert.deepEqual((await found('.named')).files, ['.named/x.yaml']);
    assert.deepEqual((await found('to-named')).files, ['to-named/x.yaml']);
  });
});

test('a folder without manifests is a finding, and the others are found', async () => {
  await lay('empty/readme.md', 'full/x.yaml');
  assert.deepEqual(await found('empty', 'full'), { files: ['full/x.yaml'], findings: ['empty MANIFEST_FOLDER_EMPTY'] });
});

test('what is named and not there is left to be found unreadable, and so is a link that leads nowhere', async () => {
  await lay('d/x.yaml');
  await symlink(at('nowhere'), at('d/broken.yaml'));
  assert.deepEqual((await found('none.yaml', 'd')).files, ['none.yaml', 'd/broken.yaml', 'd/x.yaml']);
  const { findings } = await readManifestsInput([at('d')], at('tenant.yaml'));
  assert.ok(findings.some(({ code, where }) => code === 'FILE_UNREADABLE' && where === at('d/broken.yaml')));
});

test('findings are told file by file, in the order of the files', async () => {
  await mkdir(at('e/10'), { recursive: true });
  await mkdir(at('e/9'), { recursive: true });
  for (const file of ['e/9/b.yaml', 'e/10/a.yaml']) await writeFile(at(file), 'kind: [\n---\nkind: [\n');
  await symlink(at('nowhere'), at('e/10/b.yaml'));
  const { findings } = await readManifestsInput([at('e/9'), at('e/10')], at('tenant.yaml'));
  const files = findings
    .map(({ where }) => relative(root, where).replace(/:.*/, ''))
    .filter((file) => file.startsWith('e'));
  assert.deepEqual([...new Set(files)], ['e/9/b.yaml', 'e/10/a.yaml', 'e/10/b.yaml']);
  assert.deepEqual(
    files,
    files.toSorted((one, other) => order(one) - order(other)),
  );
});

const order = (file: string): number => ['e/9/b.yaml', 'e/10/a.yaml', 'e/10/b.yaml'].indexOf(file);
