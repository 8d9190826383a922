/** The scenarios of a client that consumes and exposes scopes of Maskinporten: made, changed, removed. */

import type { ExposedScope, OAuthClientName } from '../../domain/oauth-client.ts';
import type { Operation } from '../../domain/provisioning.ts';
import { organisation } from '../onboarding.ts';
import { machineName, machineSpecOf } from '../provisioning.ts';
import { play, provisionWithForeignKey } from './client-play.ts';
import type { Scenario } from './scenario.ts';
import { createScopeWitness } from './scope-witness.ts';
import type { Stage } from './stage.ts';

export const maskinportenScenarios: readonly Scenario[] = [
  {
    name: 'machine',
    begins: 'maskinporten',
    async prepare(stage) {
      layOut(stage);
      const client = machineName(stage);
      const { first } = declarations(client);
      const asked = [{ operation: applyOf(first), inUse: 'all' }] as const;
      const scopes = createScopeWitness(stage, client, first);
      return play({ stage, client, asked, again: applyOf(first), contents: 1, scopes });
    },
  },
  {
    /** One scope leaves and one comes; of the one that stays, one consumer leaves and one comes. */
    name: 'machine-update',
    begins: 'maskinporten',
    async prepare(stage) {
      layOut(stage);
      const client = machineName(stage);
      const { first, second } = declarations(client);
      const foreign = await provisionWithForeignKey(stage, client, applyOf(first));
      const asked = [{ operation: applyOf(second), inUse: 'all' }] as const;
      const scopes = createScopeWitness(stage, client, second);
      return play({ stage, client, foreign, asked, again: applyOf(second), contents: 1, scopes });
    },
  },
  {
    name: 'machine-removal',
    begins: 'maskinporten',
    async prepare(stage) {
      layOut(stage);
      const client = machineName(stage);
      const foreign = await provisionWithForeignKey(stage, client, applyOf(declarations(client).first));
      const operation = { kind: 'delete' } as const;
      const scopes = createScopeWitness(stage, client, undefined);
      return play({
        stage,
        client,
        foreign,
        asked: [{ operation, inUse: 'none' }],
        again: operation,
        contents: 0,
        scopes,
      });
    },
  },
];

const provider = '889640782';
const consumed = 'nav:open/lesing';
const [staying, leaving, coming] = ['889640782', '999999999', '974760673'];

/** What is there beforehand: what the client consumes, its consumers, and scopes of the same organisation that it does not own. */
function layOut({ cloud: { digdir } }: Stage): void {
  digdir.registerScope({ name: consumed, owner_orgno: provider, accessible_for_all: true });
  digdir.registerPrefix(organisation, 'etat');
  for (const orgno of [staying, leaving, coming]) digdir.registerOrganisation(orgno, `Organisasjon ${orgno}`);
  const others = { 'etat:annen/lesing': 'annen - dev:team:another', 'etat:hand/lesing': 'made by hand' };
  for (const [name, description] of Object.entries(others)) {
    digdir.registerScope({ name, description, owner_orgno: organisation });
    digdir.giveAccess(name, leaving);
  }
}

const exposed = (product: string, ...consumers: readonly string[]): ExposedScope => ({
  enabled: true,
  prefix: 'etat',
  product,
  name: 'lesing',
  separator: '/',
  atMaxAge: 30,
  allowedIntegrations: ['maskinporten'],
  consumers: consumers.map((orgno) => ({ orgno })),
  accessibleForAll: false,
  visibility: 'public',
});

/** What a client exposes at first, and after its manifest has changed. */
function declarations({ name }: OAuthClientName): Readonly<Record<'first' | 'second', readonly ExposedScope[]>> {
  const product = (kind: string) => `${kind}${name.replaceAll('-', '')}`;
  return {
    first: [exposed(product('stays'), staying, leaving), exposed(product('leaves'), staying)],
    second: [{ ...exposed(product('stays'), staying, coming), atMaxAge: 60 }, exposed(product('comes'), leaving)],
  };
}

const applyOf = (exposes: readonly ExposedScope[]): Operation => ({
  kind: 'apply',
  spec: machineSpecOf({ consumes: [consumed], exposes }),
});
