/** The stage of the load: admin clients in use, their readers, and clients of applications that are at work. */

import { join } from 'node:path';
import type { Requester } from '../../client/load.ts';
import type { Call, Disturbance } from '../../local/calls.ts';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { ClientKind } from '../../domain/tenant.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { createServices } from '../../worker/services.ts';
import { readSettings } from '../../worker/settings.ts';
import { decide, organisation, register, requestFor, startOnboarding, submitKey } from '../onboarding.ts';
import { adminScopes, clientName, deliver, machineName, machineSpecOf, provision, specOf } from '../provisioning.ts';
import { LOGOUT_PATH, startRelyingParty } from '../relying-party.ts';
import type { RelyingParty } from '../relying-party.ts';
import { startTestWorld } from '../world.ts';
import type { Hosting, TestWorld } from '../world.ts';
import { adminCalls, grants, unlucky } from './requesters.ts';
import type { Unlucky } from './requesters.ts';

/** A world whose tokens live for two seconds. */
export async function openStage(hosting: Hosting): Promise<TestWorld> {
  const world = await startTestWorld({}, hosting);
  world.cloud.digdir.settings.tokenLifetime = 2;
  return world;
}

export const issue = ({ cloud }: TestWorld): Promise<IssuedCertificate> => cloud.authority.issue({ organisation });

/** How an admin client proves itself: the one of ID-porten by a key that Digdir's staff registered. */
const assertions = { maskinporten: 'x5c', idporten: 'kid' } as const;

/** Has the admin client onboarded with the certificate, which `kid` names at Digdir where that is the way. */
export async function inUse(
  world: TestWorld,
  kind: ClientKind,
  issued: IssuedCertificate,
  kid: string,
): Promise<OnboardingRequest> {
  const assertion = assertions[kind];
  const request = requestFor(world, issued, { kind, client: { scopes: adminScopes[kind], assertion } });
  if (assertion === 'kid') register(world.cloud, request, kid, issued);
  else register(world.cloud, request);
  const handle = await startOnboarding(world, request);
  await submitKey(world, handle, issued);
  await decide(handle, assertion === 'kid' ? { kid } : {});
  const { outcome } = await handle.result();
  if (outcome !== 'onboarded') throw new Error(`The admin client is ${outcome}`);
  return request;
}

export type Reader = {
  readonly requesters: readonly Requester[];
  readonly unlucky: Unlucky;
  close(): Promise<void>;
};

/** Milliseconds until a reader looks for a newer document: the usual one, and the slowest that there is. */
export type Refresh = { readonly usual: number; readonly slowest: number };

/** Readers of the active document in a place of its own, with what they remember. */
export async function readerOf(world: TestWorld, request: OnboardingRequest, refresh: Refresh): Promise<Reader> {
  const settings = { ...readSettings(world.cloud.variables), refresh: refresh.usual };
  const { services, close } = await createServices(settings, 'operator', () => {});
  const slow = unlucky(services, request, refresh.slowest);
  return { requesters: [grants(services, request), adminCalls(services, request), slow], unlucky: slow, close };
}

/** Has these look before whatever is written to Secret Manager. */
export function lookBeforeWrites({ cloud }: TestWorld, readers: readonly Unlucky[]): void {
  cloud.calls.disturb({
    async before({ method }: Call): Promise<Disturbance> {
      if (method === 'AddSecretVersion') await Promise.all(readers.map(({ look }) => look()));
      return 'none';
    },
  });
}

/** A Maskinporten client with its credentials delivered to a folder. */
export async function machineClient(world: TestWorld, scope: string) {
  const client = machineName(world);
  const { message, outcome } = await provision(world, client, {
    kind: 'apply',
    spec: machineSpecOf({ consumes: [scope] }),
  });
  if (outcome !== 'applied') throw new Error(message);
  const credentials = join(world.cloud.folder, client.name);
  await deliver(world, client, credentials);
  return { client, credentials };
}

/** An application that logs people in, with its credentials delivered. */
export async function relyingParty(
  world: TestWorld,
): Promise<{ readonly client: OAuthClientName; readonly party: RelyingParty }> {
  const client = clientName(world);
  const party = await startRelyingParty({ folder: world.cloud.folder }, async (credentials, origin) => {
    const spec = specOf(client.name, {
      redirectUris: [`${origin}/oauth2/callback`],
      postLogoutRedirectUris: [`${origin}/`],
      frontchannelLogoutUri: `${origin}${LOGOUT_PATH}`,
    });
    const { clientId, message } = await provision(world, client, { kind: 'apply', spec });
    if (!clientId) throw new Error(message);
    await deliver(world, client, credentials);
    return clientId;
  });
  return { client, party };
}
