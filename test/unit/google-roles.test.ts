/** The custom roles of `deploy/google/`: enough for what a run asks beforehand, and the three kept apart. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { workerRoles, type WorkerRole } from '../../domain/names.ts';
import { defaultPace, type OnboardingRequest } from '../../domain/onboarding.ts';
import { permissionQuestions } from '../../domain/permissions.ts';

const folder = join(import.meta.dirname, '..', '..', 'deploy', 'google');

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

function permissionsOf(role: WorkerRole): readonly string[] {
  const file = parse(readFileSync(join(folder, `${role}.yaml`), 'utf8')) as { includedPermissions: string[] };
  return file.includedPermissions;
}
