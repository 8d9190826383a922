/** The plan of one operation on a client: check the input, look at record, Digdir and published credentials, compare. */

import { digest } from '../documents/digest.ts';
import { readProvisioningInput } from '../documents/provisioning-input.ts';
import { planAdoption } from '../domain/client-adoption.ts';
import { planAcknowledgement, planApply, planRemoval, planRotation } from '../domain/client-plan.ts';
import { withoutNewIds } from '../domain/client-step.ts';
import type { ClientPlan, ClientStep, Fresh, ObservedClient } from '../domain/client-step.ts';
import type { Environment } from '../domain/environments.ts';
import { stops } from '../domain/failures.ts';
import type { Finding } from '../domain/failures.ts';
import { markerOf } from '../domain/oauth-client.ts';
import type { AwaitedApproval, ProvisioningRequest } from '../domain/provisioning.ts';
import type { Limits } from '../services/limits.ts';
import { adminClientIds } from './admin-access.ts';
import { attempt, runOfWorkflow } from './attempt.ts';
import { present, readHeld, refuseLate } from './client-record.ts';
import type { HeldRecord } from './client-record.ts';
import { findingsRefusal } from './findings-refusal.ts';
import { observeClient } from './observe-client.ts';
import type { Services } from './services.ts';
import { presentVariables, wantedClient } from './wanted-client.ts';

export type PlannedClient = {
  readonly steps: readonly ClientStep[];
  readonly notices: readonly Finding[];
  /** Absent when nobody has to approve it. */
  readonly awaits?: AwaitedApproval;
  readonly held?: HeldRecord;
};

/**
 * Observes and plans. Refuses with all findings when something stands in the way; nothing was created then. `known`: what
 * the run itself has written, which metadata may show late.
 */
export const planClient = (services: Services) =>
  attempt(async (limits: Limits, input: ProvisioningRequest, known?: HeldRecord): Promise<PlannedClient> => {
    const { request, findings } = readProvisioningInput(input);
    if (!request) throw findingsRefusal(findings);
    findings.push(...placeFindings(services, request));
    if (findings.length > 0) throw findingsRefusal(findings);
    const held = known ? await present(services, limits, request, known) : await readHeld(services, limits, request);
    const [observed] = await Promise.all([
      observeClient(services, limits, request, held),
      known ? undefined : refuseLate(services, limits, request, held),
    ]);
    const fresh = { now: services.clock.now(), kid: services.clock.uuid() };
    const plan = await planFor(services, limits, request, observed, fresh);
    if (plan.findings.some(stops)) throw findingsRefusal(plan.findings);
    const awaits = awaitedApproval(request, plan.steps);
    return { steps: plan.steps, notices: plan.notices, ...(awaits ? { awaits } : {}), ...(held ? { held } : {}) };
  });

/**
 * What the digest is of: the plan and all that it is about, the policy included, in this one run; so an approval covers
 * nothing else. Whoever asks again for the same gets the same digest.
 */
function awaitedApproval(request: ProvisioningRequest, steps: readonly ClientStep[]): AwaitedApproval | undefined {
  const policy = request.approval?.wide;
  if (!policy || !steps.some(({ wide }) => wide)) return undefined;
  const { client, organisation, google, operation, requestedBy } = request;
  const place = { run: runOfWorkflow(), client, organisation, google };
  const subject = { ...place, operation: operation.kind, requestedBy, policy };
  const about: unknown = JSON.parse(withoutNewIds(JSON.stringify({ subject, steps }), steps));
  return { digest: digest(about), policy };
}

/** A worker serves one environment. */
export function placeFindings(
  { environment }: Services,
  request: { readonly client: { readonly environment: Environment } },
): Finding[] {
  if (request.client.environment === environment) return [];
  const message = `The worker serves the environment ${environment}, the request is for ${request.client.environment}.`;
  return [{ code: 'INPUT_INVALID', where: 'input.client.environment', message }];
}

async function planFor(
  services: Services,
  limits: Limits,
  request: ProvisioningRequest,
  observed: ObservedClient,
  fresh: Fresh,
): Promise<ClientPlan> {
  const { operation } = request;
  if (operation.kind === 'delete') return planRemoval(markerOf(request.client), observed);
  if (operation.kind === 'acknowledge') return planAcknowledgement(observed, operation.version, fresh);
  if (operation.kind === 'rotate-key') {
    return planRotation(observed, await presentVariables(services, limits, observed), fresh, operation.replaces);
  }
  const { wanted, findings, notices } = await wantedClient(services, limits, request, operation.spec);
  if (findings.length > 0) return { steps: [], findings, notices };
  const plan =
    operation.kind === 'adopt'
      ? planAdoption(operation.clientId, wanted, observed, await adminClientIds(services, limits, request), fresh)
      : planApply(wanted, observed, fresh);
  return { ...plan, notices: [...notices, ...plan.notices] };
}
