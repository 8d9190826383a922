/**
 * What digdirator leaves at Digdir: clients that it tells apart by the marker in their description, each with one key, and
 * scopes whose description names the application. All of it is made through the self-service API, field by field as
 * digdirator sends it, so that a test can take it over.
 */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { push } from './services/idporten-requests.ts';
import { requestToken, signGrant, type TestWorld } from './services/local-digdir.ts';
import {
  apiCaller,
  type Call,
  type CallersWorld,
  create,
  newKey,
  scopeCaller,
  type TestKey,
} from './services/self-service-caller.ts';

export type LeftApplication = { readonly cluster: string; readonly namespace: string; readonly name: string };

/** A client, and the key that its application signs with until it is given another. */
export type LeftClient = {
  readonly id: string;
  /** `<cluster>:<namespace>:<name>`, in its description. */
  readonly marker: string;
  readonly key: TestKey;
  /** Of a client for logins; empty of others. */
  readonly redirectUri: string;
  /** What a client of Maskinporten consumes; empty of others. */
  readonly consumes: readonly string[];
};

export type LeftScope = {
  readonly product: string;
  /** What the manifest calls it; the subscope is `<product><separator><name>`. */
  readonly name: string;
  readonly separator?: '/' | ':' | '.';
  /** Organisation numbers, which Digdir must know. */
  readonly consumers?: readonly string[];
  /** In place of what digdirator says by default. */
  readonly fields?: Readonly<Record<string, unknown>>;
};

export type DigdiratorWorld = {
  /** What calls the API as digdirator does, with its rights. */
  readonly call: Call;
  idportenClient(application: LeftApplication, fields?: Readonly<Record<string, unknown>>): Promise<LeftClient>;
  /** With the scopes that it consumes, which its organisation must have access to. */
  maskinportenClient(application: LeftApplication, scopes: readonly string[]): Promise<LeftClient>;
  /** The name of the scope that the application exposes. */
  scope(application: LeftApplication, scope: LeftScope): Promise<string>;
};

/** Whether the key that digdirator gave the application is still taken, by the request that the application makes. */
export async function works(world: TestWorld, client: LeftClient): Promise<boolean> {
  if (client.redirectUri !== '') return (await push(world, client)).status === 201;
  const { id, key, consumes } = client;
  const header = { alg: 'RS256', kid: key.jwk.kid };
  const certificate = { privateKey: key.privateKey, leaf: '' };
  const grant = await signGrant(world.digdir, { clientId: id, certificate, header, scope: consumes.join(' ') });
  return (await requestToken(world.digdir, grant)).status === 200;
}

/** Registers the admin client of digdirator, and the prefix that it is configured with. */
export async function openDigdiratorWorld(
  world: CallersWorld,
  organisation: string,
  prefix: string,
): Promise<DigdiratorWorld> {
  world.digdir.registerPrefix(organisation, prefix);
  const call = await apiCaller(world, organisation);
  const owner = scopeCaller(call);

  const leave = async (
    application: LeftApplication,
    fields: object,
  ): Promise<Omit<LeftClient, 'redirectUri' | 'consumes'>> => {
    const marker = markerOf(application);
    const id = await create(call, { ...CLIENT, description: marker, ...fields });
    const key = newKey(randomUUID());
    // Without `exp`: the key lives for the year that Digdir gives it.
    await expect(call, 'POST', `/clients/${id}/jwks`, 201, { keys: [{ ...key.jwk, alg: 'RS256' }] });
    return { id, marker, key };
  };

  return {
    call,
    async idportenClient(application, fields = {}) {
      const redirectUri = `https://${application.name}.example.no/oauth2/callback`;
      const left = await leave(application, { ...idportenFields(application.name, redirectUri), ...fields });
      return { ...left, redirectUri, consumes: [] };
    },
    async maskinportenClient(application, scopes) {
      return { ...(await leave(application, { ...MASKINPORTEN, scopes })), redirectUri: '', consumes: scopes };
    },
    async scope(application, { product, name, separator = '/', consumers = [], fields = {} }) {
      const description = `${product} - ${markerOf(application)}`;
      const subscope = `${product}${separator}${name}`;
      await expect(owner, 'POST', '/scopes', 201, { ...SCOPE, prefix, subscope, description, ...fields });
      const scope = `${prefix}:${subscope}`;
      for (const consumer of consumers) {
        await expect(owner, 'PUT', `/scopes/access/${consumer}?scope=${encodeURIComponent(scope)}`, 200);
      }
      return scope;
    },
  };
}

const CLIENT = {
  access_token_lifetime: 3600,
  application_type: 'web',
  authorization_lifetime: 7200,
  client_name: 'Etaten',
  client_uri: 'https://www.example.no',
  frontchannel_logout_session_required: true,
  refresh_token_usage: 'ONETIME',
  sso_disabled: false,
  token_endpoint_auth_method: 'private_key_jwt',
};

const MASKINPORTEN = {
  integration_type: 'maskinporten',
  grant_types: ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
  frontchannel_logout_session_required: false,
  post_logout_redirect_uris: null,
  redirect_uris: null,
};

const SCOPE = {
  name: '',
  active: true,
  accessible_for_all: false,
  allowed_integration_types: ['maskinporten'],
  at_max_age: 30,
  token_type: 'SELF_CONTAINED',
  visibility: 'PUBLIC',
  requires_pseudonymous_tokens: false,
  requires_user_authentication: false,
  requires_user_consent: false,
};

function idportenFields(name: string, redirectUri: string): object {
  return {
    integration_type: 'idporten',
    scopes: ['openid', 'profile'],
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: ['https://www.example.no'],
    frontchannel_logout_uri: `https://${name}.example.no/oauth2/logout/frontchannel`,
    refresh_token_lifetime: 7200,
  };
}

function markerOf({ cluster, namespace, name }: LeftApplication): string {
  return `${cluster}:${namespace}:${name}`;
}

async function expect(call: Call, verb: string, path: string, status: number, body?: object): Promise<void> {
  const reply = await call(verb, path, body);
  assert.equal(reply.status, status, JSON.stringify(reply.body));
}
