/** Manifests for tests: one right document of each kind, the tenant that they belong to, and how they are read. */

import assert from 'node:assert/strict';
import { readManifests, type ManifestTenant } from '../documents/manifests.ts';
import type { Environment } from '../domain/environments.ts';
import type { Declaration, MaskinportenSpec, OAuthClientSpec } from '../domain/oauth-client.ts';

export const manifestTenant = (environment: Environment = 'test'): ManifestTenant => ({
  tenant: 'etat',
  environment,
  applications: {
    cluster: 'dev-gcp',
    clientName: 'Etaten',
    clientUri: 'https://www.etat.no',
    accessTokenLifetime: 3000,
    sessionLifetime: 7000,
    maskinporten: { scopePrefix: 'etat', defaultScope: 'etat:standard' },
  },
});

/** An Application; the lines stand in `spec.idporten`, and may close it by a lesser indent. */
export const application = (...idporten: readonly string[]): string =>
  ['apiVersion: nais.io/v1alpha1', 'kind: Application', 'metadata: { name: app, namespace: team }', 'spec:']
    .concat('  ingresses: [https://app.etat.no]', '  idporten:', '    enabled: true', idporten.map(indented(4)))
    .join('\n');

/** An IDPortenClient; the lines stand in `spec`, beside a redirect URI and a logout URI. */
export const idportenClient = (...spec: readonly string[]): string =>
  ['apiVersion: nais.io/v1', 'kind: IDPortenClient', 'metadata: { name: app, namespace: team }', 'spec:']
    .concat('  redirectURIs: [https://app.etat.no/back]', '  frontchannelLogoutURI: https://app.etat.no/out')
    .concat(spec.map(indented(2)))
    .join('\n');

const indented =
  (by: number) =>
  (line: string): string =>
    `${' '.repeat(by)}${line}`;

/** A MaskinportenClient that consumes one scope; the lines stand in `spec.scopes`. */
export const maskinportenClient = (...scopes: readonly string[]): string =>
  ['apiVersion: nais.io/v1', 'kind: MaskinportenClient', 'metadata: { name: app, namespace: team }', 'spec:']
    .concat('  scopes:', '    consumes: [{ name: "skatt:inntekt" }]', scopes.map(indented(4)))
    .join('\n');

/** A MaskinportenClient that exposes a scope as well, `arbeid:inntekt`; the lines are fields of it. */
export const exposing = (...fields: readonly string[]): string =>
  maskinportenClient('exposes:', '- enabled: true', '  product: arbeid', '  name: inntekt', ...fields.map(indented(2)));

/** An Application with both clients; the lines stand in `spec.maskinporten`. */
export const withBoth = (...maskinporten: readonly string[]): string =>
  [application(), '  maskinporten:', '    enabled: true', ...maskinporten.map(indented(4))].join('\n');

/** All clients of a text in which nothing is wrong. */
export function allDeclared(text: string, tenant: ManifestTenant = manifestTenant()): readonly Declaration[] {
  const { declarations, findings } = readManifests([{ file: 'm.yaml', text }], tenant);
  assert.deepEqual(findings, []);
  return declarations;
}

type Declared<Spec> = Declaration & { readonly spec: Spec };

/** The one client of a text in which nothing is wrong: one of ID-porten, or krr. */
export function declared(text: string, tenant?: ManifestTenant): Declared<OAuthClientSpec> {
  const [{ spec, ...declaration } = absent(), ...more] = allDeclared(text, tenant);
  assert.ok(spec.integrationType !== 'maskinporten' && more.length === 0);
  return { ...declaration, spec };
}

/** The one client of a text in which nothing is wrong: one of Maskinporten. */
export function declaredMaskinporten(text: string, tenant?: ManifestTenant): Declared<MaskinportenSpec> {
  const [{ spec, ...declaration } = absent(), ...more] = allDeclared(text, tenant);
  assert.ok(spec.integrationType === 'maskinporten' && more.length === 0);
  return { ...declaration, spec };
}

const absent = (): never => assert.fail('nothing is declared');
