/** Defects on purpose in the order of a rotation: the load has to see each of them, or it would prove nothing. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { startLoad } from '../../client/load.ts';
import { decide, submitKey } from '../onboarding.ts';
import { bundleWith } from '../replay/planted-bundle.ts';
import { rotationOf, startRotation } from '../rotation.ts';
import { inUse, issue, openStage, readerOf } from './stage.ts';

/** A rotation of the ID-porten admin client by workflow code with a change, up to its decision, and readers at work. */
async function rotating(t: TestContext, bundle: string, refresh: number) {
  const world = await openStage({ bundle, settings: { refresh } });
  t.after(() => world.close());
  const [first, second] = [await issue(world), await issue(world)];
  const request = await inUse(world, 'idporten', first, 'first');
  const handle = await startRotation(world, rotationOf(request, second, { soak: 600, drain: 600 }));
  await submitKey(world, handle, second);
  const reader = await readerOf(world, request, refresh);
  const load = startLoad(reader.requesters);
  t.after(async () => {
    await load.stop();
    await reader.close();
  });
  await load.more(20);
  assert.deepEqual(load.failures(), []);
  const certificate = { kid: 'second', certificate: second.leaf };
  const registerSecond = () => world.cloud.digdir.registerCertificate(request.client.clientId, certificate);
  return { handle, load, registerSecond };
}

async function written(t: TestContext, file: string, change: (source: string) => string): Promise<string> {
  const bundle = await bundleWith(file, change);
  assert.ok('code' in bundle);
  const folder = await mkdtemp(join(tmpdir(), 'digdir-load-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'workflows.js');
  await writeFile(path, bundle.code);
  return path;
}

suite('planted defects of a rotation', () => {
  test('activation before the proof is seen: the new certificate is used before Digdir takes it', async (t) => {
    const bundle = await written(t, 'registration.ts', (source) =>
      source.replace(
        'await carryOut(run, verify, () => takeToken(run, verify, resources, assertion))',
        "await carryOut(run, verify, async () => ({ outcome: 'verified', grantedScopes: [] }) as Awaited<ReturnType<typeof takeToken>>)",
      ),
    );
    const { handle, load, registerSecond } = await rotating(t, bundle, 200);
    await decide(handle, { kid: 'second' });
    await load.failed();
    registerSecond();
    assert.match(load.failures()[0]?.reason ?? '', /unknown key|kid/i);
    await handle.terminate('seen');
  });

  test('an old key that is disabled at activation is seen: who has not looked since still signs with it', async (t) => {
    const bundle = await written(t, 'retirement.ts', (source) => source.replace('soak * 1000', 'soak * 0'));
    // Whoever began with the former document goes on with it for longer than this rotation takes.
    const { handle, load, registerSecond } = await rotating(t, bundle, 600_000);
    registerSecond();
    await decide(handle, { kid: 'second' });
    assert.equal((await handle.result()).outcome, 'rotated');
    await load.failed();
    assert.match(load.failures()[0]?.reason ?? '', /DISABLED/);
  });
});
