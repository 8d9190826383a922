/** The steps that expose scopes, and give and withdraw access to them. Each may run twice and leaves one effect. */

import type { StepOf } from '../domain/client-step.ts';
import type { Finding } from '../domain/failures.ts';
import { markerOf } from '../domain/oauth-client.ts';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import { Refusal } from '../domain/refusal.ts';
import { scopeChanges, scopeOwner } from '../domain/scope-body.ts';
import type { Limits } from '../services/limits.ts';
import { asAdmin } from './admin-access.ts';
import { attempt } from './attempt.ts';
import { present, write } from './client-record.ts';
import type { HeldRecord } from './client-record.ts';
import type { Services } from './services.ts';

/** Notes that the scopes are this client's, before any of them is made: none is left without an owner. */
export const claimScopes = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: ProvisioningRequest,
      held: HeldRecord,
      { scopes }: StepOf<'claim-scopes'>,
    ): Promise<HeldRecord> => {
      const now = await present(services, limits, request, held);
      return await write(services, limits, request, now, { ...now.record, scopes });
    },
  );

/** `SCOPE_OWNED` when somebody else has made it meanwhile; then it is no longer noted as this client's. */
export const createScope = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: ProvisioningRequest,
      held: HeldRecord,
      { scope, body }: StepOf<'create-scope'>,
    ): Promise<HeldRecord> => {
      await asAdmin(services, limits, request, async (token) => {
        if ((await services.scopes.createScope(body, token, limits)) === 'created') return;
        const found = await services.scopes.scope(scope, token, limits);
        const owner = found && scopeOwner(found);
        if (owner === markerOf(request.client)) return;
        const now = await present(services, limits, request, held);
        const scopes = now.record.scopes.filter((name) => name !== scope);
        await write(services, limits, request, now, { ...now.record, scopes });
        throw new Refusal('SCOPE_OWNED', `The scope ${scope} belongs to ${owner ?? 'somebody who is not known here'}.`);
      });
      services.audit({ event: 'scope-created', scope, client: markerOf(request.client) });
      return held;
    },
  );

/** Writes the scope as declared, and sees that Digdir returns it so. */
export const updateScope = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: ProvisioningRequest,
      held: HeldRecord,
      { scope, body, changes }: StepOf<'update-scope'>,
    ): Promise<HeldRecord> => {
      const answer = await asAdmin(services, limits, request, (token) =>
        services.scopes.updateScope(scope, body, token, limits),
      );
      services.audit({ event: 'scope-updated', scope, fields: changes.map(({ field }) => field) });
      const left = scopeChanges(body, answer).map(
        ({ field, from, to }) => `${field} is ${JSON.stringify(from)}, not ${JSON.stringify(to)}`,
      );
      if (left.length === 0) return held;
      throw new Refusal('CLIENT_NOT_AS_WRITTEN', `Scope ${scope}: ${left.join('; ')}.`);
    },
  );

export const deactivateScope = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: ProvisioningRequest,
      held: HeldRecord,
      { scope }: StepOf<'deactivate-scope'>,
    ): Promise<HeldRecord> => {
      await asAdmin(services, limits, request, (token) => services.scopes.deactivateScope(scope, token, limits));
      services.audit({ event: 'scope-deactivated', scope, client: markerOf(request.client) });
      return held;
    },
  );

export type Granted = { readonly held: HeldRecord; readonly notice?: Finding };

/** An organisation that Digdir does not know is told, and keeps nobody else from their access. */
export const grantAccess = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: ProvisioningRequest,
      held: HeldRecord,
      { scope, consumer }: StepOf<'grant-access'>,
    ): Promise<Granted> => {
      const outcome = await asAdmin(services, limits, request, (token) =>
        services.scopes.giveAccess(scope, consumer, token, limits),
      );
      services.audit({ event: 'scope-access-given', scope, consumer, outcome });
      if (outcome === 'given') return { held };
      const message = `Digdir knows no organisation ${consumer}, which is to have access to ${scope}.`;
      return { held, notice: { code: 'SCOPE_CONSUMER_INVALID', where: consumer, message } };
    },
  );

export const withdrawAccess = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: ProvisioningRequest,
      held: HeldRecord,
      { scope, consumer }: StepOf<'withdraw-access'>,
    ): Promise<HeldRecord> => {
      await asAdmin(services, limits, request, (token) =>
        services.scopes.withdrawAccess(scope, consumer, token, limits),
      );
      services.audit({ event: 'scope-access-withdrawn', scope, consumer });
      return held;
    },
  );
