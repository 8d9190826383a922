/** The survey of an organisation's clients at Digdir, and which of them belong to what is declared. */

import type { Environment } from './environments.ts';
import { markerOf } from './oauth-client.ts';
import type { ClientSpec, OAuthClientName } from './oauth-client.ts';
import type { ProvisioningPace } from './provisioning.ts';
import type { ClientKind, GooglePlace } from './tenant.ts';

export type SurveyRequest = {
  /** Which admin client looks, and so which clients are listed: those of its kind. */
  readonly client: { readonly tenant: string; readonly environment: Environment; readonly kind: ClientKind };
  readonly google: GooglePlace;
  readonly requestedBy: string;
  readonly pace: ProvisioningPace;
};

export type SurveyedClient = {
  readonly clientId: string;
  readonly description: string;
  readonly integrationType: string;
  readonly active: boolean;
};

/** Without the admin clients. */
export type Survey = { readonly clients: readonly SurveyedClient[] };

/** A survey changes nothing, so any number may run: `suffix` keeps their ids apart. */
export function surveyStart(request: SurveyRequest, suffix: string) {
  const { environment, kind } = request.client;
  return {
    workflowType: 'surveyClients',
    workflowId: `${surveyIdStem(request)}${suffix}`,
    workflowIdConflictPolicy: 'FAIL',
    args: [request],
    staticSummary: `List the ${kind} clients of the organisation (${environment})`,
  } as const;
}

export const surveyIdStem = ({ client: { tenant, environment, kind } }: SurveyRequest): string =>
  `survey:${tenant}:${environment}:${kind}:`;

/** Digdir's integration types that clients of a kind have. */
export const integrationTypes: Record<ClientKind, readonly string[]> = {
  idporten: ['idporten', 'api_klient', 'krr'],
  maskinporten: ['maskinporten'],
};

type Declared = { readonly client: OAuthClientName; readonly spec: ClientSpec };

/** The active clients that bear a declaration's mark and have its integration type. */
export const matching = ({ client, spec }: Declared, clients: readonly SurveyedClient[]): SurveyedClient[] =>
  clients.filter(
    ({ description, integrationType, active }) =>
      active && description === markerOf(client) && integrationType === spec.integrationType,
  );
