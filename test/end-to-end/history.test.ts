/** `digdir history`: how runs ended, and who decided what, from what Secret Manager keeps of them. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { PastRun } from '../../domain/history.ts';
import { secretName } from '../../domain/names.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { withdrawUpdate } from '../../workflows/messages.ts';
import { awaited, decide, onboard, organisation, register, submitKey } from '../onboarding.ts';
import { rollBack, rotationOf, startRotation } from '../rotation.ts';
import { newRequest, ownerOf } from '../workflows/support.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { createDesk } from './desk.ts';
import type { Desk } from './desk.ts';

let world: TestWorld;
let desk: Desk;
let first: IssuedCertificate;
let request: OnboardingRequest;
before(async () => {
  world = await startTestWorld();
  first = await world.cloud.authority.issue({ organisation });
  request = newRequest(world, first);
  register(world.cloud, request);
  desk = await createDesk(world, request);
  await desk.tenantFile({});
});
after(() => world.close());

const history = (...words: readonly string[]) => desk.digdir('history', '-f', 'tenant.yaml', ...words);

type Document = {
  readonly clients: readonly {
    readonly client: string;
    readonly runs: readonly PastRun[];
    readonly unreadable: readonly string[];
  }[];
};

async function recorded(code = 0) {
  const said = await history('--json');
  assert.equal(said.code, code, said.stderr);
  const [client, ...others] = (JSON.parse(said.stdout) as Document).clients;
  assert.ok(client);
  assert.deepEqual(others, []);
  return client;
}

test('of a client that nobody has onboarded nothing is on record', async () => {
  const { code, stdout } = await history();
  assert.deepEqual([code, stdout], [0, `${desk.workflowId}: no run is on record\n`]);
  assert.deepEqual((await recorded()).runs, []);
});

test('an onboarding, and a rotation that was rolled back, tell who decided, and who went back', async () => {
  await onboard(world, request, first);
  const next = await world.cloud.authority.issue({ organisation });
  const rotation = await startRotation(world, rotationOf(request, next, { soak: 600 }));
  await submitKey(world, rotation, next);
  await decide(rotation);
  await awaited(rotation, 'soak');
  await rollBack(rotation);
  assert.equal((await rotation.result()).outcome, 'rolled-back');

  const { client, runs } = await recorded();
  assert.equal(client, desk.workflowId);
  const { runId } = await rotation.describe();
  assert.equal(runs[0]?.runId, runId, 'the latest run is the first');
  assert.deepEqual(
    runs.map(({ outcome, requestedBy, rollBack: back, decisions }) => ({
      outcome,
      requestedBy,
      back,
      decisions: decisions.map(({ gate, verdict, decidedBy }) => [gate, verdict, decidedBy]),
    })),
    [
      {
        outcome: 'rolled-back',
        requestedBy: 'per',
        back: { by: 'ola', reason: 'logins fail' },
        decisions: [['registration', 'approve', 'kari']],
      },
      {
        outcome: 'onboarded',
        requestedBy: 'per',
        back: undefined,
        decisions: [['registration', 'approve', 'kari']],
      },
    ],
  );
  const { stdout } = await history();
  const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d UTC`;
  const lines = [
    `  ${time}  rolled-back, asked for by per: .*ola.*`,
    `    kari: approve at registration \\(".*"\\), counted at ${time}`,
    String.raw`    ola: rolled back \("logins fail"\)`,
    `  ${time}  onboarded, asked for by per: .*`,
    `    kari: approve at registration \\(".*"\\), counted at ${time}`,
  ];
  assert.match(stdout, new RegExp(`^${desk.workflowId}\n${lines.join('\n')}\n$`));
});

test('a key that was taken out of use stands there with whose wish it was', async () => {
  const serial = new X509Certificate(first.leaf).serialNumber;
  const { chain: _, ...compromised } = rotationOf(request, first, { compromised: serial });
  const run = await startRotation(world, compromised);
  await awaited(run, 'certificate');
  await run.executeUpdate(withdrawUpdate, { args: [{ by: 'ola', reason: 'another day' }] });
  await run.result();
  const { stdout } = await history();
  assert.match(stdout, new RegExp(`^    per: took the key of ${serial} out of use, at `, 'm'));
  assert.match(stdout, /withdrawn, asked for by per: Withdrawn by ola: another day$/m);
});

test('what somebody else wrote there is named, hides nothing, and makes the exit code 9', async () => {
  const { runs } = await recorded();
  const owner = ownerOf(world);
  const parent = secretName(request.google, request, 'record');
  const [version] = await owner.secrets.addSecretVersion({ parent, payload: { data: Buffer.from('hello') } });
  const told = await recorded(9);
  assert.deepEqual(told.unreadable.map(lastOf), [lastOf(version.name ?? '')]);
  assert.deepEqual(told.runs, runs);
  assert.match((await history()).stderr, /\/versions\/\d+ is no record of a run\./);
  await owner.close();
});

const lastOf = (name: string): string => name.split('/secrets/')[1] ?? '';
