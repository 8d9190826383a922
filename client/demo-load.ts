/** Who makes requests while the demo rotates: applications with what was delivered to them, and folders that are applied. */

import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { JWK } from 'jose';
import type { OAuthClientName, ClientSpec } from '../domain/oauth-client.ts';
import type { Tenant } from '../domain/tenant.ts';
import { createIdporten } from '../services/idporten.ts';
import { createMaskinporten } from '../services/maskinporten.ts';
import { clientRequest } from './client-request.ts';
import type { Requester } from './load.ts';
import { ask, endOf } from './provision.ts';

type Variables = Readonly<Record<string, string>>;

const clock = { now: () => new Date(), uuid: () => randomUUID() };
/** Milliseconds for each call: so ample that a busy machine is not taken for a failure. */
const limits = { timeout: 30_000 };

/** Takes a token as the application does: with its own variables, and nothing else. */
export async function takeMachineToken(variables: Variables): Promise<void> {
  const key = JSON.parse(variables['MASKINPORTEN_CLIENT_JWK'] ?? '{}') as JWK & { readonly kid: string };
  const grant = {
    clientId: variables['MASKINPORTEN_CLIENT_ID'] ?? '',
    scopes: (variables['MASKINPORTEN_SCOPES'] ?? '').split(' '),
    assertion: { style: 'kid', kid: key.kid },
    chain: [],
  } as const;
  const signer = async (data: Uint8Array) => sign('sha256', data, createPrivateKey({ key, format: 'jwk' }));
  await createMaskinporten(variables['MASKINPORTEN_WELL_KNOWN_URL'] ?? '', clock).grant(grant, signer, limits);
}

/** Takes tokens, or sends citizens to ID-porten, where it has to say who it is before it may. */
export function application(name: string, variables: Variables): Requester {
  if (variables['MASKINPORTEN_CLIENT_ID']) {
    return { name, every: 100, request: async () => await takeMachineToken(variables) };
  }
  const idporten = createIdporten(variables['IDPORTEN_WELL_KNOWN_URL'] ?? '', clock);
  const login = {
    clientId: variables['IDPORTEN_CLIENT_ID'] ?? '',
    redirectUri: variables['IDPORTEN_REDIRECT_URI'] ?? '',
    scopes: ['openid'],
  };
  const key = JSON.parse(variables['IDPORTEN_CLIENT_JWK'] ?? '{}') as JWK;
  return { name, every: 100, request: async () => await idporten.proveKey(login, key, limits) };
}

export type Applied = {
  readonly client: Client;
  readonly prefix: string;
  readonly tenant: Tenant;
  readonly declared: { readonly client: OAuthClientName; readonly spec: ClientSpec };
};

/** Declares the client with another name each time, so that Digdir is written to, in the admin client's name. */
export function applies(name: string, { client, prefix, tenant, declared }: Applied): Requester {
  let count = 0;
  return {
    name,
    every: 1_000,
    request: async () => {
      count += 1;
      const spec = { ...declared.spec, clientName: `${declared.spec.clientName} ${count}` };
      const request = clientRequest(tenant, declared.client, { kind: 'apply', spec }, 'ola@example.org');
      const { outcome, message } = await endOf(await ask(client, prefix, request));
      if (outcome !== 'applied') throw new Error(`${outcome}: ${message}`);
    },
  };
}
