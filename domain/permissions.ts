/** Which permissions each principal needs for the steps of onboarding, and where to ask for them before they are needed. */

import { cryptoKeyName, keyRingName, parentOf, projectName, secretName } from './names.ts';
import type { WorkerRole } from './names.ts';
import type { Finding } from './failures.ts';
import type { OnboardingRequest } from './onboarding.ts';

/** Ask the first of these resources that exists: a right on a parent is a right on what will be made in it. */
export type PermissionQuestion = { readonly resources: readonly string[]; readonly permissions: readonly string[] };

export type PermissionReport = {
  readonly role: WorkerRole;
  readonly principal: string;
  readonly missing: readonly { readonly permission: string; readonly resource: string }[];
  readonly unknown: readonly { readonly permission: string; readonly resource: string }[];
};

const onKey = {
  provisioner: [
    'cloudkms.cryptoKeys.get',
    'cloudkms.cryptoKeys.update',
    'cloudkms.cryptoKeys.getIamPolicy',
    'cloudkms.cryptoKeys.setIamPolicy',
    'cloudkms.cryptoKeyVersions.list',
    'cloudkms.cryptoKeyVersions.update',
  ],
  importer: [
    'cloudkms.cryptoKeyVersions.create',
    'cloudkms.cryptoKeyVersions.get',
    'cloudkms.cryptoKeyVersions.list',
    'cloudkms.cryptoKeyVersions.viewPublicKey',
  ],
  operator: [
    'cloudkms.cryptoKeys.get',
    'cloudkms.cryptoKeys.getIamPolicy',
    'cloudkms.cryptoKeyVersions.list',
    'cloudkms.cryptoKeyVersions.viewPublicKey',
  ],
} as const;

const onSecret = {
  provisioner: [
    'secretmanager.secrets.get',
    'secretmanager.secrets.getIamPolicy',
    'secretmanager.secrets.setIamPolicy',
    'secretmanager.versions.disable',
  ],
  importer: [],
  operator: ['secretmanager.secrets.get', 'secretmanager.secrets.getIamPolicy'],
} as const;

/** The questions for one role; what the run itself grants (signing, reading and adding versions) is not asked for. */
export function permissionQuestions(role: WorkerRole, request: OnboardingRequest): PermissionQuestion[] {
  const project = projectName(request.google);
  const keyRing = keyRingName(request.google);
  const cryptoKey = cryptoKeyName(request.google, request, request.client.cryptoKey);
  const imports = request.existing.keyVersion === undefined;
  const questions: PermissionQuestion[] = [];
  const ask = (resources: readonly string[], permissions: readonly string[]) => {
    if (permissions.length > 0) questions.push({ resources, permissions });
  };
  if (role === 'provisioner') {
    if (imports) {
      ask([project], ['cloudkms.keyRings.create']);
      ask([keyRing, project], ['cloudkms.cryptoKeys.create']);
    }
    ask([project], ['secretmanager.secrets.create']);
    if (request.replaces?.retire === 'destroy') {
      ask([parentOf(request.replaces.keyVersion)], ['cloudkms.cryptoKeyVersions.destroy']);
    }
  }
  if (role === 'importer' && imports) {
    ask(
      [keyRing, project],
      ['cloudkms.importJobs.create', 'cloudkms.importJobs.get', 'cloudkms.importJobs.useToImport'],
    );
  }
  if (role !== 'importer' || imports) ask([cryptoKey, keyRing, project], onKey[role]);
  ask([secretName(request.google, request, 'active'), project], onSecret[role]);
  return questions;
}

/** What the reports mean for the person: what is missing stops the run, what could not be asked is said. */
export function permissionFindings(reports: readonly PermissionReport[]): Finding[] {
  return reports.flatMap(({ role, principal, missing, unknown }) => [
    ...missing.map(({ permission, resource }): Finding => ({
      code: 'PERMISSION_MISSING',
      where: resource,
      message: `The ${role} (${principal}) lacks ${permission}.`,
    })),
    ...unknown.map(({ permission, resource }): Finding => ({
      code: 'PERMISSION_UNKNOWN',
      where: resource,
      message: `Whether the ${role} (${principal}) has ${permission} could not be asked.`,
    })),
  ]);
}
