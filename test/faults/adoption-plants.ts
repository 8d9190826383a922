/** Defects in taking over what somebody else made. */

import { ApplicationFailure } from '@temporalio/common';
import { asAdmin } from '../../activities/admin-access.ts';
import { readHeld, write } from '../../activities/client-record.ts';
import type { HeldRecord } from '../../activities/client-record.ts';
import type { OperatorActivities } from '../../activities/index.ts';
import type { SurveyedClient } from '../../domain/survey.ts';
import type { WorkerSettings } from '../../worker/settings.ts';
import { withServices } from './defect.ts';
import type { Defect, Inputs } from './defect.ts';
import { registerAnd } from './provisioning-plants.ts';

export const adoptionDefects = {
  /** An attempt whose forerunner's reply was lost takes that one's record for somebody else's. */
  'own-take-over-unknown': { activity: 'adoptClient', instead: refuseWhatIsWritten },
  /** The keys that are there are not on record, so that nobody would ever end them. */
  'keys-of-digdirator-unrecorded': { activity: 'adoptClient', instead: adoptWithoutKeys },
  /** The set of keys is ours alone, as soon as there is one of ours. */
  'keys-of-digdirator-dropped': {
    activity: 'registerKey',
    instead: registerAnd(({ kid }, { record }) => record.keys.some((key) => key.kid === kid && key.role !== 'old')),
  },
  /** A survey tells of everybody. */
  'admin-clients-surveyed': { activity: 'surveyClients', instead: surveyAll },
} satisfies Record<string, Defect>;

const limits = { timeout: 2_000 };

async function refuseWhatIsWritten(
  inputs: Inputs,
  usual: () => Promise<unknown>,
  settings: WorkerSettings,
): Promise<unknown> {
  const [request] = inputs as Parameters<OperatorActivities['adoptClient']>;
  const now = await withServices(settings, 'operator', (services) => readHeld(services, limits, request));
  const { clientId } = now?.record ?? {};
  if (clientId === undefined) return await usual();
  throw ApplicationFailure.nonRetryable(`The record is about ${clientId}.`, 'CLIENT_NOT_ADOPTABLE');
}

async function adoptWithoutKeys(inputs: Inputs, usual: () => Promise<unknown>, settings: WorkerSettings) {
  const [request] = inputs as Parameters<OperatorActivities['adoptClient']>;
  const held = (await usual()) as HeldRecord;
  return await withServices(settings, 'operator', (services) =>
    write(services, limits, request, held, { ...held.record, keys: [] }),
  );
}

async function surveyAll(inputs: Inputs, _usual: unknown, settings: WorkerSettings): Promise<unknown> {
  const [request] = inputs as Parameters<OperatorActivities['surveyClients']>;
  const listed = await withServices(settings, 'operator', (services) =>
    asAdmin(services, limits, request, (token) => services.selfService.clients(token, limits)),
  );
  const clients = listed.map((client): SurveyedClient => ({
    clientId: String(client['client_id']),
    description: String(client['description']),
    integrationType: String(client['integration_type']),
    active: client['active'] === true,
  }));
  return { clients };
}
