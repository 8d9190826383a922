/** What there is to take over: every declaration with the clients at Digdir that bear its mark. */

import type { ClientStep } from '../domain/client-step.ts';
import type { Finding } from '../domain/failures.ts';
import { declaredSpec } from '../domain/provisioning.ts';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import { matching } from '../domain/survey.ts';
import type { SurveyedClient } from '../domain/survey.ts';
import type { Tenant } from '../domain/tenant.ts';
import { previewClients } from './client-preview.ts';
import type { PreviewEnd, PreviewSettings } from './client-preview.ts';
import type { Declared } from './declared.ts';
import type { FailedEnd } from './run-end.ts';
import { surveyFor } from './survey.ts';

type Order = Declared['orders'][number];

export type Adoptable = {
  readonly state: 'adopt';
  readonly clientId: string;
  /** Takes it over, by these steps. */
  readonly request: ProvisioningRequest;
  readonly steps: readonly ClientStep[];
  readonly notices: readonly Finding[];
};

type Standing =
  | Adoptable
  /** Our record is about it. `steps`: what `apply` would do now. */
  | { readonly state: 'ours'; readonly clientId: string; readonly steps: readonly ClientStep[] }
  | { readonly state: 'none' }
  /** Which of them is used is for people to find out. */
  | { readonly state: 'several'; readonly clientIds: readonly string[] }
  | { readonly state: 'refused'; readonly clientId: string; readonly failure: FailedEnd };

export type Candidate = { readonly order: Order; readonly standing: Standing };

export type Adoption = {
  readonly candidates: readonly Candidate[];
  /** Active clients that no declaration is about. */
  readonly unmatched: readonly SurveyedClient[];
};

/** Looks at Digdir, and plans for each client that may be taken over; changes nothing. */
export async function surveyAdoption(
  settings: PreviewSettings,
  tenant: Tenant,
  orders: readonly Order[],
): Promise<Adoption> {
  const { client, prefix, output, signal } = settings;
  const admins = Object.values(tenant.clients).map(({ clientId }) => clientId);
  const surveyed = await surveyFor(
    { client, prefix, say: output.say, signal },
    orders.map(({ request }) => request),
  );
  const listed = surveyed.filter(({ active, clientId }) => active && !admins.includes(clientId));
  const matched = orders.map((order) => ({ order, found: matchesOf(order, listed) }));
  const requests = matched.flatMap(({ order, found: [one, ...others] }) =>
    one && others.length === 0 ? [adoptionOf(order.request, one.clientId)] : [],
  );
  const previews = requests.length > 0 ? await previewClients(requests, settings) : [];
  const candidates = matched.map(({ order, found }): Candidate => {
    const [one] = found;
    if (!one) return { order, standing: { state: 'none' } };
    const previewed = previews.find(({ request }) => request.client === order.request.client);
    if (!previewed) {
      return { order, standing: { state: 'several', clientIds: found.map(({ clientId }) => clientId) } };
    }
    const { clientId } = one;
    const { end } = previewed;
    if (end.state !== 'planned') return { order, standing: { state: 'refused', clientId, failure: unplanned(end) } };
    const { steps, notices } = end.preview;
    const isOurs = !steps.some(({ kind }) => kind === 'adopt-client');
    if (isOurs) return { order, standing: { state: 'ours', clientId, steps } };
    return { order, standing: { state: 'adopt', clientId, request: previewed.request, steps, notices } };
  });
  const taken = matched.flatMap(({ found }) => found);
  return { candidates, unmatched: listed.filter((one) => !taken.includes(one)) };
}

/** Of one whose turn never came, too, it is told that nothing is known. */
function unplanned(end: Exclude<PreviewEnd, { state: 'planned' }>): FailedEnd {
  if (end.state === 'failed') return end;
  const code = end.state === 'not-started' ? (end.code ?? 'WITHDRAWN') : 'WITHDRAWN';
  return { state: 'failed', code, message: 'The command was left before this client was looked at.', findings: [] };
}

function matchesOf({ request }: Order, listed: readonly SurveyedClient[]): SurveyedClient[] {
  const spec = declaredSpec(request.operation);
  return spec ? matching({ client: request.client, spec }, listed) : [];
}

function adoptionOf(request: ProvisioningRequest, clientId: string): ProvisioningRequest {
  const spec = declaredSpec(request.operation);
  return spec ? { ...request, operation: { kind: 'adopt', clientId, spec } } : request;
}
