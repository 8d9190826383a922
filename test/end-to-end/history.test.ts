/** `digdir history`: how runs ended, and who decided what, from what Secret Manager keeps of them. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { PastRun } from '../../domain/history.ts';
import { secretName } from '../../domain/names.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { withdrawUpdate } from '../../workflows/messages.ts';
import { awaited, decide, onboard, organisation, register, statusWhen, submitKey } from '../onboarding.ts';
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

const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d UTC`;
const serialOf = ({ leaf }: IssuedCertificate): string => new X509Certificate(leaf).serialNumber;

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
  assert.deepEqual([code, stdout], [0, `${desk.workflowId}: no run is on record under this name\n`]);
  assert.deepEqual((await recorded()).runs, []);
});

test('where Temporal knows of no run (any more), status names the command', async () => {
  const { stdout } = await desk.digdir('status', '-f', 'tenant.yaml');
  assert.match(
    stdout,
    new RegExp(`^${desk.workflowId}: Temporal knows of no run; .*: digdir history -f .*tenant.yaml$`, 'm'),
  );
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
  const [serial, other] = [next, first].map(serialOf);
  const lines = [
    `  ${time}  rotation: rolled-back, asked for by per: .*ola.*`,
    `    certificate with serial number ${serial}, which was made active`,
    `    kari: approve at registration \\(".*"\\), counted at ${time}`,
    String.raw`    ola: rolled back \("logins fail"\)`,
    `  ${time}  onboarding: onboarded, asked for by per: .*`,
    `    certificate with serial number ${other}, which was made active`,
    `    kari: approve at registration \\(".*"\\), counted at ${time}`,
  ];
  assert.match(stdout, new RegExp(`^${desk.workflowId}\n${lines.join('\n')}\n$`));
});

test('what is at work is named; withdrawn, it tells whose wish that was, and no reason looks like another line', async () => {
  const next = await world.cloud.authority.issue({ organisation });
  const run = await startRotation(world, rotationOf(request, next));
  await submitKey(world, run, next);
  await awaited(run, 'decision');
  assert.match(
    (await history()).stdout,
    new RegExp(`^  at work, and not on record yet: ${desk.workflowId} is a rotation for per`, 'm'),
  );
  const wish = { by: 'ola', reason: 'mistake\n  2026-01-01 00:00 UTC  onboarding: onboarded' };
  await run.executeUpdate(withdrawUpdate, { args: [wish] });
  assert.equal((await run.result()).outcome, 'withdrawn');
  const [latest] = (await recorded()).runs;
  assert.deepEqual([latest?.process, latest?.withdrawal], ['rotation', wish]);
  assert.equal(latest?.certificate?.serialNumber, serialOf(next));
  assert.equal(latest?.activated, undefined);
  const { stdout } = await history();
  assert.match(
    stdout,
    /withdrawn, asked for by per: Withdrawn by ola: mistake\\n {2}2026-01-01 00:00 UTC {2}onboarding: onboarded\n/,
  );
  assert.match(stdout, /^ {4}tidied up: disabled .*cryptoKeyVersions\/3$/m);
});

test('a key that was taken out of use stands there with whose wish it was, and what came of each step', async () => {
  const serial = serialOf(first);
  const { chain: _, ...compromised } = rotationOf(request, first, { compromised: serial });
  const revoke = async () => {
    const run = await startRotation(world, compromised);
    await awaited(run, 'certificate');
    return run;
  };
  world.cloud.calls.disturb({ before: ({ method }) => (method === 'UpdateCryptoKeyVersion' ? 'refuse' : 'none') });
  const hanging = await startRotation(world, compromised);
  await statusWhen(hanging, ({ steps }) =>
    steps.some(({ kind, state }) => kind === 'disable-key-version' && state === 'running'),
  );
  const early = await hanging.executeUpdate(withdrawUpdate, { args: [{ by: 'ola', reason: 'it hangs' }] });
  assert.match(early.message, /is NOT out of use: start it again/);
  await hanging.result();
  world.cloud.calls.disturb();
  assert.match((await history()).stdout, /^ {6}disable version 1 of .*, for good … FAILED$/m);

  const run = await revoke();
  const late = await run.executeUpdate(withdrawUpdate, { args: [{ by: 'ola', reason: 'another day' }] });
  assert.match(late.message, /stays out of use/);
  await run.result();
  const { stdout } = await history();
  assert.match(stdout, /rotation: withdrawn, asked for by per: Withdrawn by ola: another day$/m);
  assert.match(
    stdout,
    new RegExp(`^    per: called the key of ${serial} compromised, at ${time}\n      .* … done$`, 'm'),
  );
});

test('what cannot be read as a record is named, hides nothing, and makes the exit code 9', async () => {
  const { runs } = await recorded();
  const owner = ownerOf(world);
  const parent = secretName(request.google, request, 'record');
  const write = async (text: string) => {
    const [version] = await owner.secrets.addSecretVersion({ parent, payload: { data: Buffer.from(text) } });
    return version.name ?? '';
  };
  const hello = await write('hello');
  const decided = { id: 'one', gate: 'registration', verdict: 'approve', decidedBy: 'kari', reason: '', digest: 'd' };
  const refused = { via: 'update', at: '2026-01-01T00:00:00.000Z', outcome: 'refused', code: 'OF_LATER' };
  const record = { outcome: 'onboarded', reason: 'well', decisions: [{ ...decided, ...refused }] };
  const disabled = await write(JSON.stringify(record));
  await owner.secrets.disableSecretVersion({ name: disabled });
  await write(JSON.stringify(record));
  const told = await recorded(9);
  assert.deepEqual(told.unreadable.map(lastOf), [disabled, hello].map(lastOf));
  assert.deepEqual(told.runs.slice(1), runs);
  const { code, stdout, stderr } = await history();
  assert.equal(code, 9);
  assert.match(stdout, /^ {4}kari: approve at registration \(""\), refused at 2026-01-01 00:00 UTC: \[OF_LATER\]$/m);
  assert.match(stderr, /\/versions\/\d+ is disabled, destroyed, or no record of a run\./);
  await owner.close();
});

const lastOf = (name: string): string => name.split('/secrets/')[1] ?? '';
