/** Digdir's self-service API v1: scopes, and who has access to them (facts of June 2025). */

import type { ReturnedScope, ScopeBody } from '../domain/scope-body.ts';
import type { Limits } from './limits.ts';
import { isOk } from './self-service-calls.ts';
import type { SelfServiceCalls } from './self-service-calls.ts';

export type Scopes = ReturnType<typeof createScopes>;

export function createScopes(calls: SelfServiceCalls) {
  return {
    /** Scopes that their owners have given the organisation access to. */
    async accessesGiven(token: string, limits: Limits): Promise<string[]> {
      const reply = await calls.list('/scopes/access/all', token, limits);
      const approved = reply.filter((access) => (access['state'] ?? 'APPROVED') === 'APPROVED');
      return approved.map((access) => String(access['scope']));
    },

    /** Public scopes that every organisation has access to; nobody has to be authenticated for them. */
    async openScopes(limits: Limits): Promise<string[]> {
      const scopes = await calls.list('/scopes/all?accessible_for_all=true', '', limits);
      return scopes.map((scope) => String(scope['name']));
    },

    /** A scope of the organisation, whether it is active or not; nothing where there is none. */
    async scope(name: string, token: string, limits: Limits): Promise<ReturnedScope | undefined> {
      const reply = await calls.expect([404], 'GET', `/scopes/scope?${named(name)}`, token, limits);
      return isOk(reply) ? reply.json : undefined;
    },

    /** Makes the scope; `exists` where one of this name is there, active or not. */
    async createScope(body: ScopeBody, token: string, limits: Limits): Promise<'created' | 'exists'> {
      const reply = await calls.expect([409], 'POST', '/scopes', token, limits, body);
      return reply.status === 409 ? 'exists' : 'created';
    },

    /** Replaces all of the scope but its consumers; makes it active again where the body says so. */
    async updateScope(name: string, body: ScopeBody, token: string, limits: Limits): Promise<ReturnedScope> {
      return (await calls.expect([], 'PUT', `/scopes?${named(name)}`, token, limits, body)).json;
    },

    /** Deactivates the scope, which keeps its consumers; well also when it is inactive already. */
    async deactivateScope(name: string, token: string, limits: Limits): Promise<void> {
      await calls.expect([404, 409], 'DELETE', `/scopes?${named(name)}`, token, limits);
    },

    /** Numbers of the organisations that have access. */
    async consumers(name: string, token: string, limits: Limits): Promise<string[]> {
      const accesses = await calls.list(`/scopes/access?${named(name)}`, token, limits);
      const given = accesses.filter((access) => access['state'] !== 'DENIED');
      return given.map((access) => String(access['consumer_orgno']));
    },

    /** Gives access; `unknown` where Digdir knows no such organisation (400). */
    async giveAccess(name: string, consumer: string, token: string, limits: Limits): Promise<'given' | 'unknown'> {
      const reply = await calls.expect([400], 'PUT', `/scopes/access/${consumer}?${named(name)}`, token, limits);
      return reply.status === 400 ? 'unknown' : 'given';
    },

    async withdrawAccess(name: string, consumer: string, token: string, limits: Limits): Promise<void> {
      await calls.expect([404, 409], 'DELETE', `/scopes/access/${consumer}?${named(name)}`, token, limits);
    },

    /** Issuer of a delegation source by its name, in any case; nobody has to be authenticated for it. */
    async delegationIssuer(source: string, limits: Limits): Promise<string | undefined> {
      const sources = await calls.list('/delegationsources', '', limits);
      const found = sources.find(({ name }) => String(name).toLowerCase() === source.toLowerCase());
      return typeof found?.['issuer'] === 'string' ? found['issuer'] : undefined;
    },
  };
}

const named = (name: string): string => `scope=${encodeURIComponent(name)}`;
