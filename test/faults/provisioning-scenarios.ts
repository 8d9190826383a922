/** The scenarios of a client that people log in to: made, changed, given a new key, removed. */

import type { OAuthClientName, OAuthClientSpec } from '../../domain/oauth-client.ts';
import type { Operation } from '../../domain/provisioning.ts';
import { clientName, specOf } from '../provisioning.ts';
import { play, provisionWithForeignKey } from './client-play.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

export const provisioningScenarios: readonly Scenario[] = [
  {
    name: 'client',
    begins: 'idporten',
    async prepare(stage) {
      const client = clientName(stage);
      const apply = applyOf(client);
      return play({ stage, client, asked: [{ operation: apply, inUse: 'all' }], again: apply, contents: 1 });
    },
  },
  {
    /** Other addresses, and with them other credentials for the same key. */
    name: 'client-update',
    begins: 'idporten',
    async prepare(stage) {
      const { client, foreign } = await clientWithForeignKey(stage);
      const redirectUris = [
        `https://${client.name}.example.no/login/callback`,
        `https://www.${client.name}.example.no/`,
      ];
      const apply = applyOf(client, { redirectUris, sessionLifetime: 3600 });
      return play({ stage, client, foreign, asked: [{ operation: apply, inUse: 'all' }], again: apply, contents: 2 });
    },
  },
  {
    name: 'client-rotation',
    begins: 'idporten',
    async prepare(stage) {
      const { client, foreign } = await clientWithForeignKey(stage);
      const asked = [
        { operation: { kind: 'rotate-key' }, inUse: 'all' },
        { operation: { kind: 'acknowledge' }, inUse: 'newest' },
      ] as const;
      return play({ stage, client, foreign, asked, again: applyOf(client), contents: 2 });
    },
  },
  {
    /** The old key is not acknowledged: it ends by itself. */
    name: 'client-rotation-timed',
    begins: 'idporten',
    async prepare(stage) {
      const policy = { oldKeys: { until: 'elapsed', seconds: 3600 } } as const;
      const { client, foreign } = await clientWithForeignKey(stage, policy);
      const asked = [{ operation: { kind: 'rotate-key' }, inUse: 'all' }] as const;
      return play({ stage, client, foreign, asked, again: applyOf(client, policy), contents: 2 });
    },
  },
  {
    name: 'client-removal',
    begins: 'idporten',
    async prepare(stage) {
      const { client, foreign } = await clientWithForeignKey(stage);
      const operation = { kind: 'delete' } as const;
      return play({ stage, client, foreign, asked: [{ operation, inUse: 'none' }], again: operation, contents: 0 });
    },
  },
];

const applyOf = (client: OAuthClientName, changes: Partial<OAuthClientSpec> = {}): Operation => ({
  kind: 'apply',
  spec: specOf(client.name, changes),
});

/** A client that is provisioned, and to which somebody has added a key by hand. */
async function clientWithForeignKey(
  stage: Stage,
  changes: Partial<OAuthClientSpec> = {},
): Promise<{ client: OAuthClientName; foreign: string }> {
  const client = clientName(stage);
  return { client, foreign: await provisionWithForeignKey(stage, client, applyOf(client, changes)) };
}
