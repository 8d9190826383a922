/** The custom roles of `deploy/google/`: enough for what a run asks beforehand, the three kept apart, one under a condition. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { workerRoles, type WorkerRole } from '../../domain/names.ts';
import { defaultPace, type OnboardingRequest } from '../../domain/onboarding.ts';
import { permissionQuestions } from '../../domain/permissions.ts';

const folder = join(import.meta.dirname, '..', '..', 'deploy', 'google');
const document = readFileSync(`${folder}.md`, 'utf8');

const request: OnboardingRequest = {
  tenant: 'example',
  environment: 'test',
  organisation: '987654321',
  google: {
    project: 'a-project',
    location: 'europe-north1',
    keyRing: 'digdir',
    protectionLevel: 'SOFTWARE',
    replication: 'automatic',
  },
  platform: 'serviceAccount:platform@a-project.iam.gserviceaccount.com',
  kind: 'maskinporten',
  client: { clientId: 'a-client', scopes: [], assertion: 'x5c' },
  approval: {},
  existing: {},
  requestedBy: 'someone@example.com',
  pace: defaultPace,
};

for (const role of workerRoles) {
  test(`the ${role} holds every permission that a run asks for`, () => {
    const asked = permissionQuestions(role, request).flatMap(({ permissions }) => permissions);
    assert.ok(asked.length > 0);
    const held = permissionsOf(role);
    assert.deepEqual(
      asked.filter((permission) => !held.includes(permission)),
      [],
    );
  });
}

test('nobody signs, reads a secret or destroys by a role on the whole project', () => {
  for (const role of workerRoles)
    assert.doesNotMatch(permissionsOf(role).join('\n'), /useToSign|versions\.access|[dD]estroy|delete/);
});

test('only the importer imports, only the provisioner grants, disables and makes', () => {
  const holding = (pattern: RegExp): WorkerRole[] =>
    workerRoles.filter((role) => permissionsOf(role).some((permission) => pattern.test(permission)));
  assert.deepEqual(holding(/useToImport|cryptoKeyVersions\.create/), ['importer']);
  assert.deepEqual(holding(/setIamPolicy|\.update$|\.disable$|(keyRings|cryptoKeys|secrets)\.create$/), [
    'provisioner',
  ]);
});

test('what the operator may do with clients’ secrets makes, deletes, lists and grants nothing', () => {
  assert.deepEqual(permissionsOf('clients'), [
    'secretmanager.secrets.get',
    'secretmanager.secrets.update',
    'secretmanager.versions.get',
    'secretmanager.versions.list',
    'secretmanager.versions.access',
    'secretmanager.versions.add',
    'secretmanager.versions.enable',
    'secretmanager.versions.disable',
    'secretmanager.versions.destroy',
  ]);
});

test('google.md makes every role, and binds that of clients under its condition alone', () => {
  const commands = [...document.matchAll(/^ *gcloud (?:.*\\\n)*.*$/gm)].map(([command]) => command);
  const made = commands.filter((command) => command.includes('iam roles create'));
  const files = readdirSync(folder).map((name) => name.replace(/\.yaml$/, ''));
  assert.deepEqual(new Set(files), new Set([...workerRoles, 'clients']));
  assert.match(document, new RegExp(`for role in ${workerRoles.join(' ')}; do`));
  assert.ok(made.some((command) => command.includes('"digdir_$role"') && command.includes('google/$role.yaml')));
  assert.ok(made.some((command) => command.includes('digdir_clients') && command.includes('google/clients.yaml')));

  const [binding, ...others] = commands.filter((command) => command.includes('roles/digdir_clients'));
  assert.deepEqual(others, []);
  assert.match(binding ?? '', /serviceAccount:digdir-operator@/);
  const condition = 'resource.name.startsWith(\\"projects/$NUMBER/secrets/digdir-client_\\")';
  assert.ok(binding?.includes(`--condition "expression=${condition},title=`));
});

function permissionsOf(role: WorkerRole | 'clients'): readonly string[] {
  const file = parse(readFileSync(join(folder, `${role}.yaml`), 'utf8')) as { includedPermissions: string[] };
  return file.includedPermissions;
}
