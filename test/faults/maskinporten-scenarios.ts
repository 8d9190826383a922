/** The scenarios of a client that consumes and exposes scopes of Maskinporten: made, changed, removed. */

import type { ExposedScope, OAuthClientName } from '../../domain/oauth-client.ts';
import type { Operation } from '../../domain/provisioning.ts';
import { machineName, machineSpecOf } from '../provisioning.ts';
import { play, provisionWithForeignKey } from './client-play.ts';
import type { Scenario } from './scenario.ts';
import { coming, consumed, exposed, layOut, leaving, staying } from './scope-props.ts';
import { createScopeWitness } from './scope-witness.ts';

export const maskinportenScenarios: readonly Scenario[] = [
  {
    name: 'machine',
    begins: 'maskinporten',
    async prepare(stage) {
      layOut(stage);
      const client = machineName(stage);
      const { first } = declarations(client);
      const asked = [{ operation: applyOf(first), inUse: 'all' }] as const;
      const beside = [createScopeWitness(stage, client, first)];
      return play({ stage, client, asked, again: applyOf(first), contents: 1, beside });
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
      const beside = [createScopeWitness(stage, client, second)];
      return play({ stage, client, foreign, asked, again: applyOf(second), contents: 1, beside });
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
      const beside = [createScopeWitness(stage, client, undefined)];
      return play({
        stage,
        client,
        foreign,
        asked: [{ operation, inUse: 'none' }],
        again: operation,
        contents: 0,
        beside,
      });
    },
  },
];

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
