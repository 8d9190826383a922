/** Rotation as an operator sees it: what is written, and what the commands exit with. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { testTemporal } from '../environment.ts';
import { onboard, organisation, register } from '../onboarding.ts';
import { keyStates } from '../rotation.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newRequest, writes } from '../workflows/support.ts';
import { createDesk } from './desk.ts';
import type { Desk } from './desk.ts';

let world: TestWorld;
let first: IssuedCertificate;
let second: IssuedCertificate;
before(async () => {
  world = await startTestWorld();
  first = await world.cloud.authority.issue({ organisation });
  second = await world.cloud.authority.issue({ organisation });
});
after(() => world.close());

type Rotation = Readonly<Record<'soak' | 'drain', string>>;

/** Somebody whose client uses the first certificate, and who has the second one at hand. */
async function onboarded(rotation: Rotation): Promise<{ desk: Desk; request: OnboardingRequest }> {
  const { desk, request } = await newcomer(rotation);
  await onboard(world, request, first);
  return { desk, request };
}

async function newcomer(rotation: Rotation): Promise<{ desk: Desk; request: OnboardingRequest }> {
  const request = newRequest(world, first);
  register(world.cloud, request);
  const desk = await createDesk(world, request);
  await desk.tenantFile({ rotation });
  await desk.keyFile('old.p12', first);
  await desk.keyFile('new.p12', second);
  return { desk, request };
}

const rotate = (...words: readonly string[]): readonly string[] =>
  ['rotate-certificate', '-f', 'tenant.yaml', '--passphrase-file', 'passphrase'].concat(words);
const toNew = (...words: readonly string[]): readonly string[] => rotate('--key-file', 'new.p12', ...words);

const day = 86_400_000;
const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d UTC`;
const serialOf = ({ leaf }: IssuedCertificate): string => new X509Certificate(leaf).serialNumber;
const minute = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
/** What tells a certificate from another one of the same subject. */
const facts = ({ leaf }: IssuedCertificate): string => {
  const { serialNumber, fingerprint256, validFromDate, validToDate } = new X509Certificate(leaf);
  const sha256 = fingerprint256.replaceAll(':', '').toLowerCase();
  const lines = [
    `certificate .*, serial number ${serialNumber}`,
    `SHA-256 ${sha256}, valid ${minute(validFromDate)} to ${minute(validToDate)}`,
  ];
  return lines.map((line) => `  ${line}\n`).join('');
};
const parsed = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const firstOf = (text: string, name: string): Record<string, unknown> => {
  const list = parsed(text)[name];
  assert.ok(Array.isArray(list) && list.length === 1, text);
  return list[0] as Record<string, unknown>;
};

suite('a rotation that people stop to look at', () => {
  const rotation = { soak: '1h', drain: '1s' };
  let desk: Desk;
  let request: OnboardingRequest;
  before(async () => {
    ({ desk, request } = await onboarded(rotation));
  });

  test('--plan shows all that changes, and what is retired in the end', async () => {
    const { code, stdout } = await desk.digdir(...toNew('--plan'));
    assert.equal(code, 7);
    assert.match(stdout, /import the private key of/);
    assert.match(stdout, new RegExp(`write a new active document in place of ${serialOf(first)}`));
    assert.match(stdout, /^maskinporten, retirement: .*1h.* disabled$/m);
    const both = `^maskinporten, what goes in:\n${facts(second)}  in the place of:\n${facts(first)}\n`;
    assert.match(stdout, new RegExp(both));
  });

  test('--plan tells of the gap that another style has, unless it comes with another client', async () => {
    const { clientId, scopes } = request.client;
    const planOf = async (id: string) => {
      await desk.tenantFile({ rotation, clients: { maskinporten: { clientId: id, scopes, assertion: 'kid' } } });
      const { code, stderr } = await desk.digdir(...toNew('--plan'));
      assert.equal(code, 7, stderr);
      return stderr;
    };
    assert.match(await planOf(clientId), /\[ASSERTION_STYLE_GAP\]/);
    assert.doesNotMatch(await planOf('another-client'), /ASSERTION_STYLE_GAP/);
    await desk.tenantFile({ rotation });
  });

  test('--no-wait leaves at the gate, where both certificates are shown', async () => {
    const left = await desk.digdir(...toNew('--no-wait'));
    assert.equal(left.code, 4, left.stderr);
    assert.match(left.stderr, /the same command joins it again/);

    const { stdout } = await desk.digdir('approvals');
    assert.match(stdout, new RegExp(`registration +${desk.workflowId} `));
    const { namespace } = await testTemporal();
    const elsewhere = ['--namespace', namespace];
    assert.match(
      (await desk.digdir('approvals', ...elsewhere)).stdout,
      new RegExp(`WHY' --namespace ${namespace}$`, 'm'),
    );
    assert.match(
      (await desk.digdir('status', '-f', 'tenant.yaml', ...elsewhere)).stdout,
      new RegExp(`digdir approve ${desk.workflowId} .* --namespace ${namespace}$`, 'm'),
    );
    const status = await desk.digdir('status', '-f', 'tenant.yaml');
    const withKid = await desk.approve('registration', '--kid', 'any');
    assert.deepEqual([withKid.code, withKid.stdout], [2, '']);
    assert.match(withKid.stderr, /proves itself by its certificate chain, without a kid;.*`assertion: kid`/);
    const approved = await desk.approve('registration');
    assert.equal(approved.code, 0, approved.stderr);
    for (const text of [left.stderr, status.stdout, approved.stderr]) {
      // The status names the active one before.
      const [next, replaced] = [serialOf(second), serialOf(first)].map((one) => text.lastIndexOf(`number ${one}`));
      assert.ok(next !== undefined && next !== -1 && replaced !== undefined && next < replaced, text);
    }
  });

  test('the same command joins it, and leaves in the soak with the new resource names', async () => {
    const { code, stdout, stderr } = await desk.digdir(...toNew());
    assert.equal(code, 0, stderr);
    assert.match(stderr, /joins the running/);
    assert.match(stderr, /in use.*retired after/);
    assert.ok(stderr.includes(`digdir roll-back ${desk.workflowId} --reason 'WHY'`), stderr);
    assert.match(stdout, /^maskinporten:\n/);
    assert.match(stdout, /cryptoKeyVersions\/2"?\n/);
    assert.match(stdout, /cert-chain: .*\/versions\/2"?\n/);
    assert.match(stdout, /client-id: .*\/versions\/1"?\n/);
  });

  test('in the soak status tells of the way back, nothing waits for a decision, and --json has the same', async () => {
    const status = await desk.digdir('status', '-f', 'tenant.yaml');
    assert.match(status.stdout, /: running, retirement\n/);
    assert.ok(status.stdout.includes(`digdir roll-back ${desk.workflowId}`), status.stdout);
    const said = firstOf((await desk.digdir('status', '-f', 'tenant.yaml', '--json')).stdout, 'clients');
    assert.equal((said.status as { awaiting: { what: string } }).awaiting.what, 'soak');

    const { approvals } = parsed((await desk.digdir('approvals', '--json')).stdout);
    assert.ok(!JSON.stringify(approvals).includes(desk.workflowId));

    const joined = await desk.digdir(...toNew('--json'));
    assert.equal(joined.code, 0, joined.stderr);
    const run = firstOf(joined.stdout, 'clients');
    assert.equal(run.state, 'soaking');
    assert.match((run.resources as { keyVersion: string }).keyVersion, /\/cryptoKeyVersions\/2$/);
  });

  test('in the soak it cannot be withdrawn, and says what to do instead', async () => {
    const { code, stdout } = await desk.digdir('withdraw', desk.workflowId, '--reason', 'no');
    assert.equal(code, 6);
    assert.match(
      stdout,
      /^refused: The new certificate is active: go back with `digdir roll-back`, in the soak\. \[DECISION_NOT_AWAITED\]\n$/,
    );
  });

  test('in the soak --plan names what is at work, and the way back', async () => {
    const { code, stderr } = await desk.digdir(...toNew('--plan'));
    assert.equal(code, 0, stderr);
    const work = `${desk.workflowId} is a rotation for per, since ${time}, with the certificate of serial number ${serialOf(second)}`;
    assert.match(stderr, new RegExp(`^the plan does not count in what is at work: ${work} `, 'm'));
    assert.ok(
      stderr.includes(`to go back to the former certificate: digdir roll-back ${desk.workflowId} --reason 'WHY'`),
    );
    const said = firstOf((await desk.digdir(...toNew('--plan', '--json'))).stdout, 'clients');
    assert.match(String(said.running), new RegExp(`^${work}`));
  });

  test('in the soak --plan of a compromised certificate says that it ends what is at work', async () => {
    const { stderr } = await desk.digdir(...rotate('--compromised', serialOf(first), '--plan'));
    assert.match(
      stderr,
      new RegExp(`^without --plan it ends what is at work, .*: ${desk.workflowId} is a rotation`, 'm'),
    );
  });

  test('words that say nothing are refused before anybody is asked', async () => {
    for (const words of [
      ['withdraw', desk.workflowId, '--reason', ''],
      ['withdraw', '', '--reason', 'why'],
      ['approve', '', '--gate', 'registration', '--digest', 'sha256:0', '--reason', 'why'],
      ['approve', desk.workflowId, '--gate', 'registration', '--digest', 'sha256:0', '--reason', ' '],
      rotate('--compromised', ''),
    ]) {
      const { code, stderr } = await desk.digdir(...words);
      assert.equal(code, 2, stderr);
    }
  });

  test('another certificate does not join it', async () => {
    await desk.keyFile('third.p12', await world.cloud.authority.issue({ organisation }));
    const { code, stderr } = await desk.digdir(...rotate('--key-file', 'third.p12'));
    assert.equal(code, 3);
    assert.match(stderr, /it differs in: certificate.*\[WORKFLOW_OTHER_INPUT\]/);
    assert.match(
      stderr,
      new RegExp(`a rotation for per, since ${time}, with the certificate of serial number ${serialOf(second)}`),
    );
    assert.ok(stderr.includes(`digdir status --workflow ${desk.workflowId}`), stderr);
    assert.ok(stderr.includes(`digdir roll-back ${desk.workflowId}`), stderr);
    assert.doesNotMatch(stderr, /onboarding|digdir withdraw/i);
  });

  test('roll-back is answered at once, and who follows the run hears how it ends', async () => {
    const following = desk.run(toNew('--until-retired'));
    await following.said(/retired after/);
    const back = await desk.digdir('roll-back', desk.workflowId, '--reason', 'logins fail', '--json');
    assert.equal(back.code, 0, back.stderr);
    assert.equal(parsed(back.stdout).outcome, 'accepted');

    const { code, stderr } = await following.ended;
    assert.equal(code, 5);
    assert.match(stderr, /rolled-back: Rolled back by per: logins fail/);
    const key = `${request.tenant}-local-maskinporten`;
    assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'ENABLED', [`${key}/2`]: 'DISABLED' });
  });

  test('when nothing runs there is nothing to roll back', async () => {
    const { code, stderr } = await desk.digdir('roll-back', desk.workflowId, '--reason', 'again');
    assert.equal(code, 6);
    assert.match(stderr, /^There is nothing to roll back now: .* has ended.*\[ROLL_BACK_NOT_AWAITED\]\n$/);
    const status = await desk.digdir('status', '-f', 'tenant.yaml');
    assert.match(status.stdout, /: ended, rolled-back: Rolled back by per: logins fail\n/);
  });
});

suite('a rotation from end to end', () => {
  let desk: Desk;
  let request: OnboardingRequest;
  before(async () => {
    ({ desk, request } = await onboarded({ soak: '3s', drain: '1s' }));
  });

  const moved = (by: number) => {
    const { validFromDate, validToDate } = new X509Certificate(first.leaf);
    return { notBefore: new Date(validFromDate.getTime() + by), notAfter: new Date(validToDate.getTime() + by) };
  };
  const sooner = () => ({ notAfter: moved(-day).notAfter });
  const wrong = [
    ['of another organisation', 'CERTIFICATE_ORGANISATION_OTHER', () => ({ organisation: '991825827' })],
    ['of another environment', 'CERTIFICATE_ISSUER_UNKNOWN', () => ({ shape: 'production' as const })],
    ['that is older', 'CERTIFICATE_OLDER', () => moved(-day)],
    ['that ends sooner', 'CERTIFICATE_SOONER', sooner],
  ] as const;
  for (const [which, expected, how] of wrong) {
    test(`a certificate ${which} is refused, and nothing is created`, async () => {
      await desk.keyFile('wrong.p12', await world.cloud.authority.issue({ organisation, ...how() }));
      const written = writes(world).length;
      const { code, stderr } = await desk.digdir(...rotate('--key-file', 'wrong.p12'));
      assert.equal(code, 3, stderr);
      assert.match(stderr, new RegExp(`wrong\\.p12: .*\\[${expected}\\]`), 'with the name of the file');
      assert.equal(writes(world).length, written);
    });
  }

  test('a key is not to be destroyed by who may not do that, which is said before anything is created', async () => {
    const rotation = { soak: '3s', drain: '1s' };
    await desk.tenantFile({ rotation: { ...rotation, retire: 'destroy' } });
    const written = writes(world).length;
    const { code, stderr } = await desk.digdir(...toNew());
    await desk.tenantFile({ rotation });
    assert.equal(code, 3, stderr);
    assert.match(stderr, /lacks cloudkms\.cryptoKeyVersions\.destroy.*\[PERMISSION_MISSING\]/);
    assert.equal(writes(world).length, written);
  });

  test('the same certificate has nothing to do, and writes nothing', async () => {
    const written = writes(world).length;
    const { code, stdout, stderr } = await desk.digdir(...rotate('--key-file', 'old.p12'));
    assert.equal(code, 0, stderr);
    assert.match(stderr, /unchanged: Everything was as it should be/);
    assert.match(stdout, /cryptoKeyVersions\/1"?\n/);
    assert.equal(writes(world).length, written);
  });

  test('one that is rejected exits with 5, and says what was disabled', async () => {
    const rotation = desk.run(toNew());
    const digest = await desk.awaited('registration');
    const words = ['--gate', 'registration', '--digest', digest, '--reason', 'not ours'];
    assert.equal((await desk.run(['reject', desk.workflowId, ...words], 'kari').ended).code, 0);
    const { code, stderr } = await rotation.ended;
    assert.equal(code, 5);
    assert.match(stderr, /tidied up: disabled .*cryptoKeyVersions\/2\n/);
    assert.match(stderr, /rejected: kari rejected registration: not ours/);
  });

  test('--until-retired stays until the old key version is out of use', async () => {
    const rotation = desk.run(toNew('--until-retired', '--json'));
    assert.equal((await desk.approve('registration')).code, 0);
    const { code, stdout, stderr } = await rotation.ended;
    assert.equal(code, 0, stderr);
    const run = firstOf(stdout, 'clients');
    assert.equal((run.result as { outcome: string }).outcome, 'rotated');
    assert.match(stderr, /retirement: disable version 1 of .* … done/);
    const key = `${request.tenant}-local-maskinporten`;
    assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'DISABLED', [`${key}/2`]: 'ENABLED' });
  });

  test('then the plan is empty, and --json says so too', async () => {
    const { code, stdout } = await desk.digdir(...toNew('--plan'));
    assert.equal(code, 0);
    assert.equal(stdout, 'maskinporten: nothing to do\n');
    const preview = firstOf((await desk.digdir(...toNew('--plan', '--json'))).stdout, 'clients');
    const plans = preview.plans as { plan: { phase: string; steps: unknown[] } }[];
    assert.deepEqual(
      plans.map(({ plan }) => [plan.phase, plan.steps.length]),
      [
        ['custody', 0],
        ['registration', 0],
        ['activation', 0],
      ],
    );
  });
});

suite('where no rotation runs', () => {
  let desk: Desk;
  before(async () => {
    ({ desk } = await newcomer({ soak: '3s', drain: '1s' }));
  });

  test('the plan of an onboarding says which certificate goes in', async () => {
    const words = ['onboard', '-f', 'tenant.yaml', '--key-file', 'old.p12', '--passphrase-file', 'passphrase'];
    const { code, stdout } = await desk.digdir(...words, '--plan');
    assert.equal(code, 7);
    assert.match(stdout, new RegExp(`^maskinporten, what goes in:\n${facts(first)}\nmaskinporten, custody`));
  });

  test('a run that never was is not rolled back', async () => {
    const { code, stderr } = await desk.digdir('roll-back', desk.workflowId, '--reason', 'no', '--json');
    assert.equal(code, 6);
    assert.match(stderr, /^There is nothing to roll back now: .* is not known.*\[ROLL_BACK_NOT_AWAITED\]\n$/);
  });

  test('nothing is rotated where nothing is active', async () => {
    const written = writes(world).length;
    const { code, stderr } = await desk.digdir(...toNew());
    assert.equal(code, 3);
    assert.match(stderr, /\[ROTATION_NOTHING_ACTIVE\]/);
    assert.equal(writes(world).length, written);
  });

  test('what the command and the worker both find is told once, with the name of the file', async () => {
    const soon = await world.cloud.authority.issue({ organisation, notAfter: new Date(Date.now() + 20 * day) });
    await desk.keyFile('soon.p12', soon);
    const words = ['onboard', '-f', 'tenant.yaml', '--key-file', 'soon.p12', '--passphrase-file', 'passphrase'];
    for (const way of ['--plan', '--no-wait']) {
      const { stderr } = await desk.digdir(...words, way);
      const told = stderr.split('\n').filter((line) => line.includes('[CERTIFICATE_EXPIRES_SOON]'));
      assert.equal(told.length, 1, stderr);
      assert.match(told[0] ?? '', /soon\.p12: /);
    }
    const { clients } = JSON.parse((await desk.digdir(...words, '--plan', '--json')).stdout) as {
      readonly clients: readonly { readonly notices: readonly unknown[] }[];
    };
    assert.deepEqual(clients[0]?.notices, []);
    assert.equal((await desk.digdir('withdraw', desk.workflowId, '--reason', 'enough')).code, 0);
    await world.client.workflow.getHandle(desk.workflowId).result();
  });

  test('an onboarding is not rolled back, and no rotation joins it', async () => {
    const onboard = ['onboard', '-f', 'tenant.yaml', '--key-file', 'old.p12', '--passphrase-file', 'passphrase'];
    assert.equal((await desk.digdir(...onboard, '--no-wait')).code, 4);

    const back = await desk.digdir('roll-back', desk.workflowId, '--reason', 'no');
    assert.equal(back.code, 6, back.stderr);
    assert.match(
      back.stderr,
      /^There is nothing to roll back now: .* is a running onboarding, not a rotation\. .*\[ROLL_BACK_NOT_AWAITED\]\n$/,
    );
    const rotation = await desk.digdir(...toNew());
    assert.equal(rotation.code, 3);
    assert.match(rotation.stderr, /\[WORKFLOW_OTHER_TYPE\]/);
    const runs = `an onboarding for per, since ${time}, with the certificate of serial number ${serialOf(first)}`;
    assert.match(rotation.stderr, new RegExp(`${desk.workflowId} is ${runs}`));
    assert.ok(rotation.stderr.includes(`digdir withdraw ${desk.workflowId} --reason 'WHY'`), rotation.stderr);

    assert.equal((await desk.digdir('withdraw', desk.workflowId, '--reason', 'enough')).code, 0);
    await world.client.workflow.getHandle(desk.workflowId).result();
  });
});
