/** Defects on purpose in the order of a rotation: the rehearsal has to fail by each of them, or it would prove nothing. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { bundleWith } from '../replay/planted-bundle.ts';
import { rehearse } from './rehearsal.ts';

/** The path of a bundle of workflow code with a change. */
async function written(t: TestContext, file: string, change: (source: string) => string): Promise<string> {
  const bundle = await bundleWith(file, change);
  assert.ok('code' in bundle);
  const folder = await mkdtemp(join(tmpdir(), 'digdir-load-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'workflows.js');
  await writeFile(path, bundle.code);
  return path;
}

/** Why requests of the rehearsal failed by this code, a line for each. */
async function failuresBy(t: TestContext, bundle: string): Promise<string> {
  const failed = await rehearse(t, { late: false, bundle }).then(
    () => assert.fail('not one request has failed'),
    (error: unknown) => error,
  );
  assert.ok(failed instanceof assert.AssertionError && Array.isArray(failed.actual), String(failed));
  return failed.actual.map(({ requester, reason }) => `${requester}: ${reason}`).join('\n');
}

suite('planted defects of a rotation', () => {
  test('activation before the proof: the new certificate is used before Digdir takes it', async (t) => {
    const bundle = await written(t, 'registration.ts', (source) =>
      source.replace(
        'await carryOut(run, verify, () => takeToken(run, verify, resources, assertion))',
        "await carryOut(run, verify, async () => ({ outcome: 'verified', grantedScopes: [] }) as Awaited<ReturnType<typeof takeToken>>)",
      ),
    );
    assert.match(await failuresBy(t, bundle), /the idporten admin client: .*(unknown key|kid)/i);
  });

  test('an old key that is disabled at activation: who has not looked since still signs with it', async (t) => {
    const bundle = await written(t, 'activation.ts', (source) =>
      source
        .replace('{ operator }', '{ operator, provisioner }')
        .replace(
          'run.activated = active.version;',
          "$& if (request.replaces) await provisioner(pace, 'Too soon').disableVersions(request, [request.replaces.keyVersion]);",
        ),
    );
    assert.match(await failuresBy(t, bundle), /whoever looked just before: .*DISABLED/);
  });
});
