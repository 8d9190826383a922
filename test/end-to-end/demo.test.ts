/** `digdir demo`: the main job in one command, which ends as if it had never been. */
import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, beforeEach, suite, test } from 'node:test';
import type { DemoReport } from '../../client/demo-report.ts';
import { readSeedYaml } from '../../documents/seed-yaml.ts';
import { createPlace, exportedBy } from './command.ts';
import type { Place } from './command.ts';

suite('digdir demo', () => {
  let place: Place;
  const places: Place[] = [];
  beforeEach(async () => {
    place = await createPlace();
    places.push(place);
  });
  after(() => Promise.all(places.map((one) => one.remove())));

  test('--json writes one document with all that the demo has to show, and keeps away from TEMPORAL_ADDRESS', async () => {
    const production = await listening();
    const exported = { TEMPORAL_ADDRESS: production.address, TEMPORAL_NAMESPACE: 'production' };
    const { code, stdout, stderr } = await place.run(['demo', '--json'], exported).ended;
    assert.equal(code, 0, stderr);
    assert.equal(production.visitors(), 0);
    await production.close();

    checkReport(JSON.parse(stdout) as DemoReport);
    assert.deepEqual(await place.leftOvers(), []);
  });

  test('says the steps on stderr and the YAML on stdout; --keep stays, tells how to look around, and ends by Ctrl-C', async () => {
    const demo = place.run(['demo', '--keep']);
    const stderr = await demo.said('stderr', /Ctrl-C ends the world/);
    for (const kind of ['maskinporten', 'idporten']) {
      assert.match(stderr, new RegExp(`\\[${kind}\\] custody: import the private key .* done`));
      assert.match(stderr, new RegExp(`\\[${kind}\\] onboarded`));
    }
    assert.match(stderr, /IDPORTEN_CLIENT_ID=\w/);
    assert.match(stderr, /IDPORTEN_CLIENT_JWK=.*\(withheld\)/);

    const variables = await exportedBy(/^ {2}\. '(.+)'$/m.exec(stderr)?.[1] ?? '');
    const standing = await place.run(['status', '--json', '-f', join(tenantFolder(stderr), 'tenant.yaml')], variables)
      .ended;
    const { clients } = JSON.parse(standing.stdout) as { clients: { state: string; result: { outcome: string } }[] };
    assert.deepEqual(
      clients.map(({ state, result }) => [state, result.outcome]),
      [
        ['ended', 'onboarded'],
        ['ended', 'onboarded'],
      ],
    );
    const approvals = await place.run(['approvals'], variables).ended;
    assert.equal(approvals.code, 0, approvals.stderr);
    assert.match(approvals.stderr, /Nothing waits/);

    demo.interrupt();
    const { code, stdout } = await demo.ended;
    assert.equal(code, 0);
    const { resources, findings } = readSeedYaml(stdout, 'stdout');
    assert.deepEqual(findings, []);
    for (const kind of ['maskinporten', 'idporten'] as const) {
      assert.match(resources?.[kind]?.keyVersion ?? '', new RegExp(`/cryptoKeys/.*${kind}.*/cryptoKeyVersions/1$`));
      assert.match(resources?.[kind]?.chainVersion ?? '', /^projects\/[^/]+\/secrets\/[^/]+\/versions\/1$/);
      assert.match(resources?.[kind]?.clientIdVersion ?? '', /^projects\/[^/]+\/secrets\/[^/]+\/versions\/1$/);
    }
    assert.deepEqual(await place.leftOvers(), []);
  });

  test('--rotate rotates both certificates under load and rolls the next ones back, and not one request fails', async () => {
    const { code, stdout, stderr } = await place.run(['demo', '--rotate', '--json']).ended;
    assert.equal(code, 0, stderr);
    const { rotation } = JSON.parse(stdout) as DemoReport;
    assert.deepEqual(rotation?.failures, []);
    assert.equal(rotation.failed, 0);
    assert.ok(rotation.requests >= 100, `${rotation.requests} requests`);
    assert.deepEqual(
      rotation.runs.map(({ outcome }) => outcome),
      ['rotated', 'rotated', 'rolled-back', 'rolled-back'],
    );
    assert.deepEqual(await place.leftOvers(), []);
  });

  for (const [moment, line] of [
    ['while the world starts', /Temporal: using/],
    ['in the middle', /hand in the key/],
  ] as const) {
    test(`Ctrl-C ${moment} ends everything, also when npm hands it on a second time`, async () => {
      const demo = place.run(['demo']);
      await demo.said('stderr', line);
      demo.interrupt();
      await demo.said('stderr', /Stopping/);
      demo.interrupt();
      const { code, stdout, stderr } = await demo.ended;
      assert.equal(code, 130, stderr);
      assert.equal(stdout, '');
      assert.deepEqual(await place.leftOvers(), []);
    });
  }

  for (const command of ['demo', 'dev']) {
    test(`${command}: without a Temporal server it says what is missing`, async () => {
      const { code, stderr } = await place.run([command], { DIGDIR_TEMPORAL_CLI: '/nowhere/temporal' }).ended;
      assert.equal(code, 6, stderr);
      assert.match(
        stderr,
        /^The local world cannot be started: DIGDIR_TEMPORAL_CLI names \/nowhere\/temporal, .* \[WORLD_NOT_STARTED\]$/m,
      );
    });
  }

  for (const [command, expected] of [
    ['demo', 130],
    ['dev', 0],
  ] as const) {
    test(`${command}: what Ctrl-C breaks while the world starts is no failure`, async () => {
      // A server that breaks only once Ctrl-C was understood, as one that gets the same signal does.
      const cli = join(place.folder, 'temporal');
      const broken = join(place.folder, 'broken');
      const serve = `until [ -e '${broken}' ]; do sleep 0.05; done; exit 1`;
      await writeFile(cli, `#!/bin/sh\n[ "$1" = --version ] && echo 'temporal version 1.9.1' && exit\n${serve}\n`);
      await chmod(cli, 0o755);
      const run = place.run([command], { DIGDIR_TEMPORAL_CLI: cli });
      await run.said('stderr', /Temporal: using/);
      run.interrupt();
      await run.said('stderr', /Stopping/);
      await writeFile(broken, '');
      const { code, stderr } = await run.ended;
      assert.equal(code, expected, stderr);
      assert.doesNotMatch(stderr, /UNEXPECTED|did not come to serve/);
    });
  }
});

function checkReport({ clients, applications, counts, seconds }: DemoReport): void {
  assert.deepEqual(
    applications.map(({ client, outcome }) => [client, outcome]),
    [
      ['team-oppslag/oppslag/maskinporten', 'applied'],
      ['team-register/register/maskinporten', 'applied'],
      ['team-soknad/soknad', 'applied'],
    ],
  );
  const [oppslag, , soknad] = applications;
  assert.equal(oppslag?.variables?.['MASKINPORTEN_SCOPES'], 'eksempel:register/les');
  checkVariables(soknad?.variables ?? {});
  assert.deepEqual(
    clients.map(({ kind, assertion }) => [kind, assertion?.style]),
    [
      ['maskinporten', 'x5c'],
      ['idporten', 'kid'],
    ],
  );
  for (const client of clients) {
    assert.equal(client.outcome, 'onboarded');
    assert.match(client.resources?.keyVersion ?? '', /\/cryptoKeyVersions\/1$/);
    assert.match(client.activeDocument ?? '', /\/versions\/1$/);
    assert.match(client.certificate?.fingerprint ?? '', /^[0-9a-f]{64}$/);
    assert.ok(client.grantedScopes?.includes('idporten:dcr.write'));
    assert.deepEqual(
      client.approvals?.map(({ gate, by, outcome }) => [gate, by, outcome]),
      [
        ['registration', 'kari@example.org', 'counted'],
        ['activation', 'kari@example.org', 'counted'],
      ],
    );
    assert.ok(client.steps?.some(({ step }) => step === 'import-key'));
    for (const { step, state, seconds: taken } of client.steps ?? []) {
      assert.equal(state, 'done', step);
      assert.ok(taken !== undefined && taken >= 0, step);
    }
    assert.deepEqual(readSeedYaml(client.yaml ?? '', 'yaml').findings, []);
  }
  // For each client a probe and an assertion at the least.
  assert.ok(counts.kmsSignatures >= 4);
  assert.ok(counts.tokenRequests >= 2);
  assert.ok(counts.selfServiceCalls >= 2);
  assert.ok(counts.kmsCalls > counts.kmsSignatures);
  assert.ok(counts.secretManagerCalls > 0);
  assert.ok(seconds > 0);
}

/** Every variable of the page on ID-porten, the private half of the key withheld. */
function checkVariables(variables: Readonly<Record<string, string>>): void {
  const { IDPORTEN_CLIENT_JWK: jwk = '', ...others } = variables;
  assert.deepEqual(Object.keys(others).toSorted(), [
    'IDPORTEN_CLIENT_ID',
    'IDPORTEN_ISSUER',
    'IDPORTEN_JWKS_URI',
    'IDPORTEN_REDIRECT_URI',
    'IDPORTEN_TOKEN_ENDPOINT',
    'IDPORTEN_WELL_KNOWN_URL',
  ]);
  assert.equal(others['IDPORTEN_REDIRECT_URI'], 'https://soknad.example.no/oauth2/callback');
  const key = JSON.parse(jwk) as Record<string, string>;
  assert.deepEqual(Object.keys(key).toSorted(), ['alg', 'd', 'e', 'kid', 'kty', 'n', 'use']);
  assert.equal(key['d'], '(withheld)');
}

/** An address that somebody answers at, as a production server would, who counts the visitors. */
async function listening() {
  let visitors = 0;
  const server = createServer((socket) => {
    visitors += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    visitors: () => visitors,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

const tenantFolder = (stderr: string): string => join(/keeps everything in (.+)\.$/m.exec(stderr)?.[1] ?? '', 'tenant');
