/** Asking, as each of the three principals, what it may do: `testIamPermissions` answers only for its caller. */

import type { WorkerRole } from '../domain/names.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import { permissionQuestions } from '../domain/permissions.ts';
import type { PermissionReport } from '../domain/permissions.ts';
import { readOnboardingInput } from '../documents/onboarding-input.ts';
import type { Limits } from '../services/limits.ts';
import { attempt } from './attempt.ts';
import { findingsRefusal } from './findings-refusal.ts';
import type { Services } from './services.ts';

/** The activity for one role. Changes nothing; `INPUT_INVALID` with all findings when the input is malformed. */
export const askPermissions = (services: Services, role: WorkerRole) =>
  attempt(async (limits: Limits, input: OnboardingRequest): Promise<PermissionReport> => {
    const { request, findings } = readOnboardingInput(input);
    if (!request) throw findingsRefusal(findings);
    const missing: { permission: string; resource: string }[] = [];
    const unknown: { permission: string; resource: string }[] = [];
    for (const { resources, permissions } of permissionQuestions(role, request)) {
      const answer = await firstAnswer(services, limits, resources, permissions);
      for (const permission of permissions) {
        if (answer === undefined) unknown.push({ permission, resource: resources[0] ?? '' });
        else if (!answer.held.includes(permission)) missing.push({ permission, resource: answer.resource });
      }
    }
    return { role, principal: services.principal, missing, unknown };
  });

/**
 * Asks one resource after the other until one answers. A resource that does not exist may be answered for by an empty set
 * (google.iam.v1, TestIamPermissions), which says no more than no answer, so then its parent is asked too.
 */
async function firstAnswer(
  { permissions: iam }: Services,
  limits: Limits,
  resources: readonly string[],
  permissions: readonly string[],
): Promise<{ resource: string; held: string[] } | undefined> {
  let empty: { resource: string; held: string[] } | undefined;
  for (const resource of resources) {
    const held = await iam.held(resource, permissions, limits);
    if (held && held.length > 0) return { resource, held };
    if (held) empty = { resource, held };
  }
  return empty;
}
