/** Which activity carries out which step of a client's plan. The record goes from one to the next. */

import type { HeldRecord } from '../activities/client-record.ts';
import type { ClientStep } from '../domain/client-step.ts';
import type { Finding } from '../domain/failures.ts';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import { operator, provisioner } from './activities.ts';

export type Carried = {
  readonly held: HeldRecord;
  /** `gone`: the client cannot come back as it is, so that all has to be planned again. */
  readonly outcome?: 'gone';
  /** Something that could not be done, while the rest is. */
  readonly notice?: Finding;
};

export async function carryOutClientStep(
  request: ProvisioningRequest,
  held: HeldRecord | undefined,
  step: ClientStep,
): Promise<Carried> {
  const { pace } = request;
  if (step.kind === 'open-record') return { held: await provisioner(pace, step.change).openRecord(request) };
  if (!held) throw new TypeError('A plan without a record does not begin by opening one');
  if (step.kind === 'grant-access') return await operator(pace, step.change).grantAccess(request, held, step);
  if (step.kind !== 'update-client') return { held: await carryOutPlain(request, held, step) };
  const { outcome, held: next } = await operator(pace, step.change).updateClient(request, held, step);
  return { held: next, ...(outcome === 'gone' ? { outcome } : {}) };
}

type PlainStep = Exclude<ClientStep, { kind: 'open-record' | 'update-client' | 'grant-access' }>;

function carryOutPlain(request: ProvisioningRequest, held: HeldRecord, step: PlainStep): Promise<HeldRecord> {
  const activities = operator(request.pace, step.change);
  const carriers = {
    'adopt-client': activities.adoptClient,
    'register-client': activities.registerClient,
    'make-key': activities.makeKey,
    'register-key': activities.registerKey,
    'prove-key': activities.proveKey,
    publish: activities.publish,
    'limit-keys': activities.limitKeys,
    'remove-keys': activities.removeKeys,
    'claim-scopes': activities.claimScopes,
    'create-scope': activities.createScope,
    'update-scope': activities.updateScope,
    'deactivate-scope': activities.deactivateScope,
    'withdraw-access': activities.withdrawAccess,
    'write-record': activities.writeClientRecord,
    'deactivate-client': activities.deactivateClient,
    'delete-client': activities.deleteClient,
    'close-record': activities.closeRecord,
  } as const;
  const carry = carriers[step.kind] as (
    request: ProvisioningRequest,
    held: HeldRecord,
    step: PlainStep,
  ) => Promise<HeldRecord>;
  return carry(request, held, step);
}
