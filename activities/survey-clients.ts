/** The organisation's clients at Digdir, in short: for whoever wants to take some of them over. */

import { readSurveyInput } from '../documents/survey-input.ts';
import type { ReturnedClient } from '../domain/client-body.ts';
import { integrationTypes } from '../domain/survey.ts';
import type { Survey, SurveyedClient, SurveyRequest } from '../domain/survey.ts';
import type { Limits } from '../services/limits.ts';
import { adminClientIds, asAdmin } from './admin-access.ts';
import { attempt } from './attempt.ts';
import { findingsRefusal } from './findings-refusal.ts';
import { placeFindings } from './plan-client.ts';
import type { Services } from './services.ts';

/** One list for all of them. Clients of other kinds are another survey's, and admin clients are nobody's to take over. */
export const surveyClients = (services: Services) =>
  attempt(async (limits: Limits, input: SurveyRequest): Promise<Survey> => {
    const { request, findings } = readSurveyInput(input);
    if (!request) throw findingsRefusal(findings);
    const misplaced = placeFindings(services, request);
    if (misplaced.length > 0) throw findingsRefusal(misplaced);
    const listed = await asAdmin(services, limits, request, (token) => services.selfService.clients(token, limits));
    const admins = await adminClientIds(services, limits, request);
    const types = integrationTypes[request.client.kind];
    const clients = listed
      .map(inShort)
      .filter(({ clientId, integrationType }) => types.includes(integrationType) && !admins.includes(clientId));
    return { clients };
  });

/** A mark is shorter than this; whatever else people describe a client with is only shown. */
const longestDescription = 200;

const inShort = (client: ReturnedClient): SurveyedClient => ({
  clientId: String(client['client_id']),
  description: typeof client['description'] === 'string' ? client['description'].slice(0, longestDescription) : '',
  integrationType: String(client['integration_type']),
  active: client['active'] !== false,
});
