/**
 * Names of things, all derived from the tenant: a re-run finds again what an earlier run made.
 *
 * Google answers with names that carry the project's number instead of its id, so names are compared without their
 * project (`sameResource`), never as whole strings.
 */

import type { Environment } from './environments.ts';
import type { ClientKind, GooglePlace } from './tenant.ts';

/** What a name is derived from. */
export type Subject = { readonly tenant: string; readonly environment: Environment; readonly kind: ClientKind };

/** `nais-test-production-maskinporten`: at most 55 characters, so that what is appended stays within Google's 63. */
const subjectName = ({ tenant, environment, kind }: Subject): string => `${tenant}-${environment}-${kind}`;

/** The one workflow id for all that happens to an admin client: onboarding now, rotation later. */
export const adminClientWorkflowId = ({ tenant, environment, kind }: Subject): string =>
  `admin-client:${tenant}:${environment}:${kind}`;

export const projectName = (google: GooglePlace): string => `projects/${google.project}`;
export const locationName = (google: GooglePlace): string => `${projectName(google)}/locations/${google.location}`;
export const keyRingName = (google: GooglePlace): string => `${locationName(google)}/keyRings/${google.keyRing}`;

export const cryptoKeyName = (google: GooglePlace, subject: Subject, cryptoKey?: string): string =>
  `${keyRingName(google)}/cryptoKeys/${cryptoKey ?? subjectName(subject)}`;

/** Import jobs cannot be deleted and expire after three days, so they are numbered, from 1, per client and certificate. */
export const importJobName = (google: GooglePlace, subject: Subject, fingerprint: string, number: number): string =>
  `${importJobStem(google, subject, fingerprint)}${number}`;

/** All that an import job's name for this certificate may begin with; the number follows. */
export const importJobStem = (google: GooglePlace, subject: Subject, fingerprint: string): string =>
  `${keyRingName(google)}/importJobs/${subject.kind}-${fingerprint.slice(0, 16)}-`;

export const secretRoles = ['cert-chain', 'client-id', 'active', 'record'] as const;
/** What a secret of an admin client is for. */
export type SecretRole = (typeof secretRoles)[number];

export const secretName = (google: GooglePlace, subject: Subject, role: SecretRole): string =>
  `${projectName(google)}/secrets/${subjectName(subject)}-${role}`;

/** The last part of a resource name. */
export const lastPart = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** The name without its last two parts (`…/cryptoKeys/K` of `…/cryptoKeys/K/cryptoKeyVersions/1`). */
export const parentOf = (name: string): string => name.split('/').slice(0, -2).join('/');

const withoutProject = (name: string): string => name.replace(/^projects\/[^/]+\//, '');

/** Whether two names mean one resource of one project, whichever way the project is written. */
export const sameResource = (one: string, other: string): boolean => withoutProject(one) === withoutProject(other);

/** The label by which secrets and keys of ours are told from those of others. */
export const managedBy = 'digdir-workflows';

/** Labels that mark a secret or key as ours, and whose it is. */
export const ownLabels = ({ tenant, environment, kind }: Subject): Record<string, string> => ({
  'managed-by': managedBy,
  tenant,
  environment,
  kind,
});

export const workerRoles = ['provisioner', 'importer', 'operator'] as const;
/** The principals that the work is divided between; each has a task queue of its own. */
export type WorkerRole = (typeof workerRoles)[number];

/** Workflows run on the queue that is named by the prefix alone, activities on that of their role. */
export const roleQueue = (prefix: string, role: WorkerRole): string => `${prefix}-${role}`;
