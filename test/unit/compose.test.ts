import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { settingNames } from '../../worker/settings.ts';
import { composeFile, type Service } from './compose-specification.ts';

const project = join(import.meta.dirname, '..', '..');
const text = (path: string): string => readFileSync(join(project, path), 'utf8');

const source = text('docker-compose.yml');
const compose = composeFile.parse(parse(source));
const dockerfile = text('Dockerfile');
const variables = (name: string): Service['environment'] => serviceNamed(name).environment;

function serviceNamed(name: string): Service {
  const found = compose.services[name];
  assert.ok(found, `there is a service ${name}`);
  return found;
}

function tagOf(name: string): string {
  const [, tag] = /:([\w.-]+)$/.exec(serviceNamed(name).image ?? '') ?? [];
  assert.ok(tag, `${name} has an image with a tag`);
  return tag;
}

suite('docker-compose.yml under the compose specification', () => {
  const refused: Array<[string, string, string]> = [
    ['a misspelt key', 'restart: unless-stopped', 'restarts: unless-stopped'],
    ['an unknown condition', 'condition: service_healthy', 'condition: service_ready'],
    ['a bare number in the environment', "SQL_PORT: '5432'", 'SQL_PORT: 5432'],
    ['a dependency that is no service', '      temporal-schema:\n', '      schema:\n'],
    ['a volume that is not declared', 'volumes:\n  postgresql:\n', 'volumes:\n  database:\n'],
    ['a port without its container side', "'127.0.0.1:7233:7233'", "'7233'"],
    ['a duration without unit', 'interval: 5s', "interval: '5'"],
  ];
  for (const [what, written, instead] of refused) {
    test(`${what} would be found`, () => {
      assert.ok(source.includes(written));
      assert.equal(composeFile.safeParse(parse(source.replace(written, instead))).success, false);
    });
  }

  test('every file that it mounts is there', () => {
    const mounts = Object.values(compose.services).flatMap((service) => service.volumes ?? []);
    const local = mounts.map((mount) => mount.split(':')[0] ?? '').filter((path) => path.startsWith('.'));
    assert.ok(local.length > 0);
    for (const path of local) assert.ok(existsSync(join(project, path)), path);
  });

  test('what asks for no password listens on this machine alone', () => {
    const ports = Object.values(compose.services).flatMap((service) => service.ports ?? []);
    assert.deepEqual(
      ports.filter((port) => !port.startsWith('127.0.0.1:')),
      [],
    );
    assert.equal(new Set(ports.map((port) => port.split(':')[1])).size, ports.length, 'no host port twice');
  });
});

suite('versions, ports and settings agree', () => {
  test('Temporal: server, tools and UI are those that the pinned dev server holds', async () => {
    assert.equal(tagOf('temporal-schema'), tagOf('temporal'));
    assert.equal(tagOf('temporal-namespace'), tagOf('temporal'));
    const pin = text('local/temporal/executable.ts');
    assert.ok(pin.includes(`server ${tagOf('temporal')} and UI ${tagOf('temporal-ui')}`));
  });

  test('the database: one password, host and name for all', () => {
    const [database, schema, server] = ['postgresql', 'temporal-schema', 'temporal'].map(variables);
    assert.equal(schema?.['SQL_PASSWORD'], database?.['POSTGRES_PASSWORD']);
    assert.equal(server?.['POSTGRES_PWD'], database?.['POSTGRES_PASSWORD']);
    assert.equal(schema?.['SQL_USER'], database?.['POSTGRES_USER']);
    assert.equal(server?.['POSTGRES_USER'], database?.['POSTGRES_USER']);
    assert.equal(schema?.['SQL_PLUGIN'], server?.['DB']);
    assert.equal(schema?.['SQL_HOST'], server?.['POSTGRES_SEEDS']);
    assert.ok(schema?.['SQL_HOST'] && schema['SQL_HOST'] in compose.services);
    const script = text('deploy/temporal/schema.sh');
    assert.ok(script.includes(`prepare ${server?.['DBNAME']} temporal`));
    assert.ok(script.includes(`prepare ${server?.['VISIBILITY_DBNAME']} visibility`));
  });

  test('the namespace and the address are the same for worker, UI and its creation', () => {
    const [worker, ui, creation] = ['worker', 'temporal-ui', 'temporal-namespace'].map(variables);
    assert.equal(worker?.['TEMPORAL_ADDRESS'], 'temporal:7233');
    assert.equal(ui?.['TEMPORAL_ADDRESS'], worker?.['TEMPORAL_ADDRESS']);
    assert.equal(creation?.['TEMPORAL_ADDRESS'], worker?.['TEMPORAL_ADDRESS']);
    assert.equal(ui?.['TEMPORAL_DEFAULT_NAMESPACE'], worker?.['TEMPORAL_NAMESPACE']);
    assert.equal(creation?.['TEMPORAL_NAMESPACE'], worker?.['TEMPORAL_NAMESPACE']);
    assert.equal(creation?.['RETENTION'], '30d');
  });

  test('the worker is given every setting that it reads, and none that it does not know', () => {
    const known = settingNames.filter((name) => name.startsWith('DIGDIR_'));
    const given = Object.keys(variables('worker')).filter((name) => name.startsWith('DIGDIR_'));
    // A Google endpoint of one's own exists in the local world alone.
    assert.deepEqual(new Set([...given, 'DIGDIR_GOOGLE_ENDPOINT']), new Set(known));
    for (const [name] of dockerfile.matchAll(/DIGDIR_[A-Z_]+/g)) assert.ok(known.includes(name), name);
  });

  test('the dynamic configuration is the file that is mounted', () => {
    const path = variables('temporal')['DYNAMIC_CONFIG_FILE_PATH'] ?? '';
    assert.ok(existsSync(join(project, 'deploy', 'temporal', path.replace('config/dynamicconfig/', ''))));
  });

  test('the health port is what the image exposes, probes and the file publishes', () => {
    const port = variables('worker')['DIGDIR_HEALTH_PORT'] ?? '';
    assert.ok(serviceNamed('worker').ports?.some((published) => published.endsWith(`:${port}`)));
    assert.ok(dockerfile.includes(`ENV DIGDIR_HEALTH_PORT=${port}`));
    assert.ok(dockerfile.includes(`EXPOSE ${port}`));
  });

  test('the image runs the Node that the project is made for, as another user than root', () => {
    const { devDependencies } = JSON.parse(text('package.json')) as { devDependencies: Record<string, string> };
    assert.equal(devDependencies['node'], `^${/^FROM node:(\d+)-bookworm-slim$/m.exec(dockerfile)?.[1]}`);
    assert.match(dockerfile, /^USER node$/m);
    assert.match(dockerfile, /^CMD \["node", "worker\/main.ts"\]$/m);
  });

  test('the build context holds what the image copies, and nothing else', () => {
    const copied = [...dockerfile.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '));
    const admitted = [...text('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, path]) => path);
    assert.deepEqual(new Set(admitted), new Set(copied));
  });
});
