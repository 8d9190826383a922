/** Every command of docs/rotation.md, in its order and in the situation that it is written for. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cryptoKeyName } from '../../domain/names.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { onboard, organisation, register } from '../onboarding.ts';
import { keyStates } from '../rotation.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newRequest, ownerOf } from '../workflows/support.ts';
import { createDesk } from './desk.ts';
import type { Desk, Running, Said } from './desk.ts';
import { sectionsOf, wordsOf } from './runbook.ts';

const runbook = join(import.meta.dirname, '..', '..', 'docs', 'rotation.md');
/** Commands that were not run yet, by section. */
const left = new Map<string, string[]>();

let world: TestWorld;
let owner: ReturnType<typeof ownerOf>;
let second: IssuedCertificate;
before(async () => {
  for (const [title, commands] of sectionsOf(await readFile(runbook, 'utf8'))) left.set(title, [...commands]);
  world = await startTestWorld();
  owner = ownerOf(world);
  second = await world.cloud.authority.issue({ organisation });
});
after(async () => {
  await owner.close();
  await world.close();
});

type Operator = Desk & {
  readonly request: OnboardingRequest;
  readonly first: IssuedCertificate;
  /** State of each version of the client's crypto key, in their order. */
  readonly versions: () => readonly string[];
  /** Runs the next command of the section, which has to begin so; other values for its words where they are told. */
  readonly next: (section: string, beginning: string, values?: Readonly<Record<string, string>>) => Promise<Running>;
  /** The same to its end, with this exit code. */
  readonly does: (
    section: string,
    beginning: string,
    code: number,
    values?: Readonly<Record<string, string>>,
  ) => Promise<Said>;
};

/** A tenant whose client uses a certificate of its own; the next one is in `new.p12`. */
async function operator(rotation: Readonly<Record<string, string>>): Promise<Operator> {
  const first = await world.cloud.authority.issue({ organisation });
  const newer = await world.cloud.authority.issue({ organisation });
  const request = newRequest(world, first);
  register(world.cloud, request);
  const desk = await createDesk(world, request);
  await desk.tenantFile({ rotation });
  await desk.keyFile('new.p12', newer);
  await desk.write('old.pem', first.chain.join(''));
  await desk.write('chain.pem', first.leaf + first.intermediate);
  await onboard(world, request, first);

  const next: Operator['next'] = async (section, beginning, values = {}) => {
    const [, ...words] = wordsOf(taken(section, beginning));
    const own = new Map([...Object.entries(values), ['admin-client:nais-test:test:maskinporten', desk.workflowId]]);
    const real = words.map((word) => own.get(word) ?? word);
    const closed = real.includes('--key-file') ? ['--passphrase-file', 'passphrase'] : [];
    return desk.run([...real, ...closed], words[0] === 'approve' ? 'kari' : 'per');
  };
  return {
    ...desk,
    request,
    first,
    versions: () => Object.values(keyStates(world, request)),
    next,
    does: async (section, beginning, code, values) => {
      const said = await (await next(section, beginning, values)).ended;
      assert.equal(said.code, code, `${said.stdout}\n${said.stderr}`);
      return said;
    },
  };
}

/** The next command of the section, which has to begin so. */
function taken(section: string, beginning: string): string {
  const command = left.get(section)?.shift() ?? '';
  assert.ok(command.startsWith(`${beginning} `) || command === beginning, `${section}: ${command || 'none is left'}`);
  return command;
}

const serialOf = ({ leaf }: IssuedCertificate): string => new X509Certificate(leaf).serialNumber;
const rotates = 'digdir rotate-certificate';

test('the certificate expires in three weeks', async () => {
  const section = 'The certificate expires in three weeks';
  const { does, awaited, versions, digdir, workflowId } = await operator({ soak: '1h', drain: '1s' });
  await does(section, rotates, 7);
  await does(section, rotates, 4);
  await does(section, 'digdir approvals', 0);
  await does(section, 'digdir approve', 0, { 'sha256:0123': await awaited('registration') });
  const { stdout } = await does(section, rotates, 0);
  assert.match(stdout, /cryptoKeyVersions\/2"?\n/);
  assert.match((await does(section, 'digdir status', 0)).stdout, /retired after/);
  assert.deepEqual(versions(), ['ENABLED', 'ENABLED']);
  assert.equal((await digdir('roll-back', workflowId, '--reason', 'the test is over')).code, 0);
});

test('it has expired, so that Digdir takes it no longer: there is no way back either', async () => {
  const section = 'It has expired';
  const { first, next, approve, digdir, workflowId, versions } = await operator({ soak: '1h', drain: '1s' });
  world.cloud.authority.revoke(first.leaf);
  const rotation = await next(section, rotates);
  assert.equal((await approve('registration')).code, 0);
  const { code, stderr } = await rotation.ended;
  assert.equal(code, 0, stderr);

  assert.equal((await digdir('roll-back', workflowId, '--reason', 'try')).code, 0);
  for (;;) {
    const { stdout } = await digdir('status', '-f', 'tenant.yaml');
    if (stdout.includes('per rolled back, and the new certificate stays:')) break;
    assert.match(stdout, /: running, retirement/);
  }
  assert.deepEqual(versions(), ['ENABLED', 'ENABLED']);
  await world.client.workflow.getHandle(workflowId).terminate();
});

test('the key is compromised', async () => {
  const section = 'The key is compromised';
  const { first, request, next, does, digdir, approve } = await operator({ soak: '1h', drain: '1s' });
  const { tenant } = request;
  const serial = { SERIAL: serialOf(first) };
  await does(section, 'digdir status', 0);
  await does(section, rotates, 4, serial);
  assert.deepEqual(keyStates(world, request), { [`${tenant}-local-maskinporten/1`]: 'DISABLED' });
  const { stdout } = await digdir('status', '-f', 'tenant.yaml');
  assert.ok(stdout.includes(`--client maskinporten --compromised ${serialOf(first)} --key-file FILE`), stdout);

  const rotation = await next(section, rotates, serial);
  assert.equal((await approve('registration')).code, 0);
  const { code, stderr } = await rotation.ended;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /joins the running/);
  assert.match(stderr, /rotated: /);
  assert.deepEqual(keyStates(world, request), {
    [`${tenant}-local-maskinporten/1`]: 'DISABLED',
    [`${tenant}-local-maskinporten-2048/1`]: 'ENABLED',
  });
  const status = await digdir('status', '-f', 'tenant.yaml');
  assert.match(status.stdout, /active: the certificate with serial number [0-9A-F]+, .*-2048\/cryptoKeyVersions\/1\n/);
});

test('going back in the soak, and when the old version is scheduled for destruction or was disabled by hand', async () => {
  const section = 'Going back';
  const one = await operator({ soak: '1h', drain: '1s' });
  const { does, run, approve, versions, request, workflowId, digdir } = one;
  const toNew = ['rotate-certificate', '-f', 'tenant.yaml', '--key-file', 'new.p12', '--passphrase-file', 'passphrase'];
  const rotated = async (...more: readonly string[]) => {
    const rotation = run([...toNew, ...more]);
    assert.equal((await approve('registration')).code, 0);
    const { code, stderr } = await rotation.ended;
    assert.equal(code, 0, stderr);
  };

  await rotated();
  await does(section, 'digdir roll-back', 0);
  await world.client.workflow.getHandle(workflowId).result();
  assert.deepEqual(versions(), ['ENABLED', 'DISABLED']);

  const cryptoKey = cryptoKeyName(request.google, request);
  // deploy/google.md has an administrator grant the one permission; of the predefined roles this one holds it.
  world.cloud.google.bind(`serviceAccount:${world.cloud.accounts.provisioner}`, 'roles/cloudkms.admin');
  await one.tenantFile({ rotation: { soak: '1s', drain: '1s', retire: 'destroy' } });
  await rotated('--until-retired');
  assert.deepEqual(versions(), ['DESTROY_SCHEDULED', 'ENABLED']);

  const onboardOld = wordsOf(taken(section, 'digdir onboard')).slice(1);
  assert.match((await run(onboardOld).ended).stderr, /\[KEY_VERSION_DESTROYED\]/);

  const name = `${cryptoKey}/cryptoKeyVersions/1`;
  taken(section, 'gcloud kms keys versions restore 1');
  await owner.kms.restoreCryptoKeyVersion({ name });
  const plan = await run([...onboardOld, '--plan']).ended;
  assert.match(plan.stdout, /enable version 1, which holds the private key: an earlier run had disabled it/);
  taken(section, 'gcloud kms keys versions enable 1');
  await owner.kms.updateCryptoKeyVersion({
    cryptoKeyVersion: { name, state: 'ENABLED' },
    updateMask: { paths: ['state'] },
  });

  const onboarding = run(onboardOld);
  assert.equal((await approve('registration')).code, 0);
  const { code, stderr } = await onboarding.ended;
  assert.equal(code, 0, stderr);
  const { stdout } = await digdir('status', '-f', 'tenant.yaml');
  assert.ok(stdout.includes(`serial number ${serialOf(one.first)}`), stdout);
  assert.deepEqual(versions(), ['ENABLED', 'ENABLED']);
});

test('only the chain, and only the client id', async () => {
  const section = 'Less than a new certificate';
  const { approve, versions, request, tenantFile, run, workflowId } = await operator({ soak: '1s', drain: '1s' });
  const command = wordsOf(taken(section, rotates)).slice(1);
  const rotation = run(command);
  assert.equal((await approve('registration')).code, 0);
  const chain = await rotation.ended;
  assert.equal(chain.code, 0, chain.stderr);
  assert.match(chain.stdout, /cryptoKeyVersions\/1"?\n/);
  assert.match(chain.stdout, /cert-chain: .*\/versions\/2"?\n/);
  await world.client.workflow.getHandle(workflowId).result();

  const { client } = newRequest(world, second);
  register(world.cloud, { ...request, client });
  await tenantFile({ rotation: { soak: '1s', drain: '1s' }, clients: { maskinporten: client } });
  const other = run(command);
  assert.equal((await approve('registration')).code, 0);
  const { code, stdout, stderr } = await other.ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /client-id: .*\/versions\/2"?\n/);
  assert.deepEqual(versions(), ['ENABLED']);
  await world.client.workflow.getHandle(workflowId).result();
});

test('no command of the runbook is left', () => {
  assert.deepEqual(
    [...left].flatMap(([section, commands]) => commands.map((command) => `${section}: ${command}`)),
    [],
  );
});
