/** Who makes the requests of the load: readers of the active document, folders of clients, and applications. */

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asAdmin } from '../../activities/admin-access.ts';
import type { Services } from '../../activities/services.ts';
import { takeToken } from '../../activities/token.ts';
import { takeMachineToken } from '../../client/demo-load.ts';
import type { Requester } from '../../client/load.ts';
import { ask, endOf } from '../../client/provision.ts';
import type { ActiveDocument } from '../../domain/active-document.ts';
import { secretName } from '../../domain/names.ts';
import type { ClientSpec, OAuthClientName } from '../../domain/oauth-client.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { Operation, OperationEnd } from '../../domain/provisioning.ts';
import { requestOf } from '../provisioning.ts';
import type { RelyingParty } from '../relying-party.ts';
import type { TestWorld } from '../world.ts';
import { troubles } from './troubles.ts';

/** Milliseconds for each call: so ample that a busy machine is not taken for a failure. */
const limits = { timeout: 30_000 };

const documentOf = async ({ latestVersions }: Services, request: OnboardingRequest, age?: number) => {
  const active = await latestVersions.latest(secretName(request.google, request, 'active'), limits, age);
  return JSON.parse(active?.data.toString() ?? '{}') as ActiveDocument;
};

/** A token by the active document, as whoever reads it takes one: the document by its refresh, the token from no cache. */
export const grants = (services: Services, request: OnboardingRequest): Requester => ({
  name: `grants as the ${request.kind} admin client`,
  every: 400,
  request: async () => await takeToken(services, limits, await documentOf(services, request)),
});

/** A requester that can be told to look at the document. */
export type Unlucky = Requester & { readonly look: () => Promise<void> };

/** The same, and goes on with what it saw last for as long as `refresh`, in milliseconds: it may have looked just before a change. */
export function unlucky(services: Services, request: OnboardingRequest, refresh: number): Unlucky {
  let seen: { readonly document: ActiveDocument; readonly at: number } | undefined;
  const look = async () => (seen = { document: await documentOf(services, request, 0), at: Date.now() });
  return {
    name: `grants as the ${request.kind} admin client by whoever looked just before`,
    every: 200,
    look: async () => void (await look()),
    request: async () => {
      const { document } = seen && Date.now() - seen.at < refresh ? seen : await look();
      await takeToken(services, limits, document);
    },
  };
}

/** A call of the self-service API, with the one admin token that serves many. */
export const adminCalls = (services: Services, { google, ...request }: OnboardingRequest): Requester => {
  const { tenant, environment, kind } = request;
  const client = { tenant, environment, kind };
  return {
    name: `calls as the ${kind} admin client`,
    every: 40,
    request: async () => {
      const { clientId } = request.client;
      const read = (token: string) => services.selfService.client(clientId, token, limits);
      assert.ok(await asAdmin(services, limits, { google, client }, read));
    },
  };
};

/** An operation with a client by the workers: its end must be this one, and no attempt on the way was refused. */
export async function carryOut(world: TestWorld, client: OAuthClientName, operation: Operation): Promise<OperationEnd> {
  const request = requestOf(world, client, operation);
  const pace = { ...request.pace, attempt: 30_000, heartbeat: 30_000 };
  const asked = await ask(world.client, world.prefix, { ...request, pace });
  const end = await endOf(asked);
  assert.equal(end.outcome, 'applied', `${client.name}: ${end.message}`);
  assert.deepEqual(await troubles(asked.handle), []);
  return end;
}

/** Applies one declaration after the other; each of them has something written at Digdir. */
export const applies = (
  world: TestWorld,
  name: string,
  declared: (count: number) => { readonly client: OAuthClientName; readonly spec: ClientSpec },
): Requester => {
  let count = 0;
  return {
    name,
    every: 1_500,
    request: async () => {
      const { client, spec } = declared((count += 1));
      await carryOut(world, client, { kind: 'apply', spec });
    },
  };
};

/** An application that takes tokens with the files that were delivered to it, as they are at that moment. */
export const machine = (credentials: string): Requester => ({
  name: 'a Maskinporten client',
  every: 300,
  request: async () => {
    const names = (await readdir(credentials)).filter((name) => name.startsWith('MASKINPORTEN_'));
    const entries = names.map(async (name) => [name, await readFile(join(credentials, name), 'utf8')] as const);
    await takeMachineToken(Object.fromEntries(await Promise.all(entries)));
  },
});

/** An application that sends a citizen to ID-porten: it has to say who it is before it may. */
export const logins = ({ origin }: RelyingParty): Requester => ({
  name: 'a relying party',
  every: 300,
  request: async () => {
    const reply = await fetch(`${origin}/login`, { redirect: 'manual' });
    await reply.text();
    assert.match(reply.headers.get('location') ?? '', /request_uri=/, `HTTP ${reply.status}`);
  },
});
