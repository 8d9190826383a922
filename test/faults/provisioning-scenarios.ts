/** The scenarios of an application's client: made, changed, given a new key, removed. */

import { X509Certificate } from 'node:crypto';
import { oauthClientWorkflowId } from '../../domain/client-names.ts';
import type { OAuthClientName, OAuthClientSpec } from '../../domain/oauth-client.ts';
import type { Operation } from '../../domain/provisioning.ts';
import { clientName, specOf } from '../provisioning.ts';
import { showApplication } from './application.ts';
import { driveClient } from './drive-client.ts';
import type { Driven } from './drive-client.ts';
import { mostAttempts } from './pending-activity.ts';
import { provisioned, removed, repeatedly } from './provisioned.ts';
import type { ClientEvidence } from './provisioned.ts';
import { judgeAll } from './scenario.ts';
import type { Broken, Invariant, Play, Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';
import { createWitness } from './witness.ts';
import type { InUse } from './witness.ts';

export const provisioningScenarios: readonly Scenario[] = [
  {
    name: 'client',
    begins: 'onboarded',
    async prepare(stage) {
      const client = clientName(stage);
      const apply = applyOf(client);
      return play({ stage, client, asked: [{ operation: apply, inUse: 'all' }], again: apply, contents: 1 });
    },
  },
  {
    /** Other addresses, and with them other credentials for the same key. */
    name: 'client-update',
    begins: 'onboarded',
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
    begins: 'onboarded',
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
    begins: 'onboarded',
    async prepare(stage) {
      const policy = { oldKeys: { until: 'elapsed', seconds: 3600 } } as const;
      const { client, foreign } = await clientWithForeignKey(stage, policy);
      const asked = [{ operation: { kind: 'rotate-key' }, inUse: 'all' }] as const;
      return play({ stage, client, foreign, asked, again: applyOf(client, policy), contents: 2 });
    },
  },
  {
    name: 'client-removal',
    begins: 'onboarded',
    async prepare(stage) {
      const { client, foreign } = await clientWithForeignKey(stage);
      const operation = { kind: 'delete' } as const;
      return play({ stage, client, foreign, asked: [{ operation, inUse: 'none' }], again: operation, contents: 0 });
    },
  },
];

type Plot = {
  readonly stage: Stage;
  readonly client: OAuthClientName;
  /** Id of the key that somebody registered by hand. */
  readonly foreign?: string;
  /** One after the other, each with the credentials that have to work from then on. */
  readonly asked: readonly { readonly operation: Operation; readonly inUse: InUse }[];
  /** What finds nothing to do afterwards. */
  readonly again: Operation;
  /** How many different credentials there are then. */
  readonly contents: number;
};

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
  const { clientId, outcome, message } = (await driveClient(stage, client, applyOf(client, changes))).end;
  if (clientId === undefined) throw new Error(`The client is ${outcome}: ${message}`);
  const { n = '', e = '' } = new X509Certificate(stage.issued.leaf).publicKey.export({ format: 'jwk' });
  const foreign = 'made-by-hand';
  stage.cloud.digdir.registerKey(clientId, { kid: foreign, kty: 'RSA', n, e, use: 'sig' });
  return { client, foreign };
}

function play(plot: Plot): Play {
  const { stage, client, foreign, asked, contents } = plot;
  const witness = createWitness(stage, client.name, foreign);
  const driven: Driven[] = [];
  const workflowId = oauthClientWorkflowId(client);
  return {
    workflowId,
    witness: witness.see,
    async drive() {
      for (const { operation, inUse } of asked) {
        witness.inUse = inUse;
        driven.push(await driveClient(stage, client, operation));
      }
    },
    async judge(circumstances) {
      const shown = showApplication(stage, client.name);
      const attempts = await Promise.all(driven.map(({ runId }) => mostAttempts(stage, workflowId, runId)));
      // A fault costs one attempt: what took more was given up, and may have gone on.
      const overlapping = circumstances.overlapping || Math.max(...attempts) > 2;
      const ends = driven.map(({ end }) => end);
      const evidence = { ...shown, ends, breaches: witness.breaches, contents, overlapping };
      const invariants: readonly Invariant<ClientEvidence>[] =
        asked.at(-1)?.operation.kind === 'delete' ? removed : provisioned;
      const broken = judgeAll(invariants, foreign === undefined ? evidence : { ...evidence, foreign });
      return [...broken, ...(await judgeRepetition(plot))];
    },
  };
}

async function judgeRepetition({ stage: { cloud, ...stage }, client, again }: Plot): Promise<Broken[]> {
  const before = cloud.google.inspect();
  const made = cloud.calls.count();
  const { end } = await driveClient({ cloud, ...stage }, client, again);
  const calls = cloud.calls.list().slice(made);
  return judgeAll(repeatedly, { before, after: cloud.google.inspect(), calls, end });
}
