/** How a survey is played: it tells of the clients that are there, and leaves everything as it is. */

import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import { surveyStart } from '../../domain/survey.ts';
import type { Survey, SurveyedClient } from '../../domain/survey.ts';
import { surveyRequestOf } from '../provisioning.ts';
import { patience, patiently } from './drive.ts';
import { provisioningPace } from './pace.ts';
import { judgeAll } from './scenario.ts';
import type { Invariant, Play } from './scenario.ts';
import type { Stage } from './stage.ts';

export const surveyed = {
  complete: 'a survey tells of every client of its kind, once',
  withoutAdmin: 'a survey tells of no admin client of ours',
  harmless: 'a survey changes nothing',
} as const;

type Evidence = {
  readonly told: readonly SurveyedClient[];
  readonly expected: readonly SurveyedClient[];
  readonly before: unknown;
  readonly after: unknown;
};

const invariants: readonly Invariant<Evidence>[] = [
  {
    name: surveyed.complete,
    breach: ({ told, expected }) =>
      expected.find((one) => told.filter((other) => isDeepStrictEqual(one, other)).length !== 1)?.clientId,
  },
  {
    name: surveyed.withoutAdmin,
    breach: ({ told, expected }) =>
      told.find(({ clientId }) => !expected.some((one) => one.clientId === clientId))?.clientId,
  },
  {
    name: surveyed.harmless,
    breach: ({ before, after }) => (isDeepStrictEqual(before, after) ? undefined : 'something has changed'),
  },
];

/** `admin`: the client of ours that lists the others. */
export function playSurvey(stage: Stage, client: OAuthClientName, admin: string): Play {
  const request = { ...surveyRequestOf(stage, client), pace: provisioningPace };
  const { workflowType, args, ...start } = surveyStart(request, randomUUID());
  const before = everything(stage);
  const expected = stage.cloud.digdir
    .inspect()
    .clients.filter((one) => one.client.client_id !== admin && one.client.integration_type === 'maskinporten')
    .map(({ client: { client_id: clientId, description, integration_type: integrationType, active } }) => ({
      clientId,
      description,
      integrationType,
      active,
    }));
  let survey: Survey | undefined;
  return {
    workflowId: start.workflowId,
    async drive() {
      const options = { ...start, args: [...args], taskQueue: stage.prefix, workflowTaskTimeout: '2s' } as const;
      const handle = await stage.client.workflow.start(workflowType, options);
      survey = await patiently(stage, Date.now() + patience, async () => (await handle.result()) as Survey);
    },
    async judge() {
      if (!survey) throw new Error('The survey has not been driven to its end.');
      return judgeAll(invariants, { told: survey.clients, expected, before, after: everything(stage) });
    },
  };
}

function everything({ cloud: { digdir, google } }: Stage): unknown {
  const { clients, scopes, accesses } = digdir.inspect();
  return { clients, scopes, accesses, google: google.inspect() };
}
