/** Phase registration: people confirm what Digdir does by hand, then a real token proves it. */

import type { Assertion } from '../domain/active-document.ts';
import type { RecordedDecision } from '../domain/approval.ts';
import { failureOf } from '../domain/failures.ts';
import type { RegistrationStep } from '../domain/plan.ts';
import { operator } from './activities.ts';
import type { Custody } from './custody.ts';
import { passGate } from './gate.ts';
import { carryOut, enterPhase, noteRefusal, now, showPlan } from './run.ts';
import type { Run } from './run.ts';

export type Registration = { readonly assertion: Assertion; readonly grantedScopes: readonly string[] };

/** Nothing when the active document says the same already: it was proven when it was written. */
export async function registration(run: Run, { chain, resources }: Custody): Promise<Registration | undefined> {
  enterPhase(run, 'registration');
  const { request } = run;
  let refusal: string | undefined;
  for (let attempt = 1; ; attempt++) {
    // observe, plan
    const last = { attempt, ...(refusal ? { refusal } : {}) };
    const plan = await operator(request.pace, 'Plan the registration').planRegistration(
      request,
      chain,
      resources,
      last,
    );
    showPlan(run, plan);
    const [confirm, verify] = plan.plan.steps;
    if (!confirm || !verify) return undefined;
    // approve
    const decisions = await carryOut(run, confirm, () => passGate(run, plan));
    // verify
    const assertion = assertionOf(run, decisions);
    const verification = await carryOut(run, verify, () => takeToken(run, verify, resources, assertion));
    if (verification.outcome === 'verified') return { assertion, grantedScopes: verification.grantedScopes };
    const { title, remedy } = failureOf(verification.code);
    refusal = `${title} (${verification.code}). ${verification.reason} ${remedy}`;
    noteRefusal(run, refusal);
  }
}

async function takeToken(run: Run, step: RegistrationStep, resources: Custody['resources'], assertion: Assertion) {
  const { request } = run;
  return operator(request.pace, step.change).verifyAssertion(request, resources, assertion, now());
}

/** The kid that people read off Digdir's web page goes before the one that the tenant file foresaw. */
function assertionOf({ request }: Run, decisions: readonly RecordedDecision[]): Assertion {
  if (request.client.assertion === 'x5c') return { style: 'x5c' };
  const given = decisions.findLast(({ kid }) => kid !== undefined)?.kid;
  return { style: 'kid', kid: given ?? request.client.kid ?? '' };
}
