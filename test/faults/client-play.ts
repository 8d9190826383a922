/** How an application's client is played: requests one after the other, a witness of every call, and the judgement. */

import { X509Certificate } from 'node:crypto';
import { oauthClientWorkflowId } from '../../domain/client-names.ts';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import type { Operation } from '../../domain/provisioning.ts';
import { showApplication } from './application.ts';
import { driveClient } from './drive-client.ts';
import type { Driven } from './drive-client.ts';
import { mostAttempts } from './pending-activity.ts';
import { provisioned, removed, repeatedly } from './provisioned.ts';
import type { ClientEvidence } from './provisioned.ts';
import { judgeAll } from './scenario.ts';
import type { Broken, Invariant, Play } from './scenario.ts';
import type { SideWitness } from './side-witness.ts';
import type { Stage } from './stage.ts';
import { createWitness } from './witness.ts';
import type { InUse } from './witness.ts';

export type Plot = {
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
  /** Of what else has to be looked at. */
  readonly beside?: readonly SideWitness[];
};

export function play(plot: Plot): Play {
  const { stage, client, foreign, asked, contents, beside = [] } = plot;
  const witness = createWitness(stage, client, foreign);
  const driven: Driven[] = [];
  const workflowId = oauthClientWorkflowId(client);
  return {
    workflowId,
    async witness(call) {
      await witness.see(call);
      for (const one of beside) one.see(call, witness.inUse);
    },
    async drive() {
      for (const { operation, inUse } of asked) {
        witness.inUse = inUse;
        driven.push(await driveClient(stage, client, operation));
      }
    },
    async judge(circumstances) {
      const shown = showApplication(stage, client);
      const attempts = await Promise.all(driven.map(({ runId }) => mostAttempts(stage, workflowId, runId)));
      // A fault costs one attempt: what took more was given up, and may have gone on.
      const overlapping = circumstances.overlapping || Math.max(...attempts) > 2;
      const ends = driven.map(({ end }) => end);
      const evidence = { ...shown, ends, breaches: witness.breaches, contents, overlapping };
      const invariants: readonly Invariant<ClientEvidence>[] =
        asked.at(-1)?.operation.kind === 'delete' ? removed : provisioned;
      const broken = judgeAll(invariants, foreign === undefined ? evidence : { ...evidence, foreign });
      const seen = beside.flatMap((one) => one.judge(witness.inUse));
      return [...broken, ...seen, ...(await judgeRepetition(plot))];
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

/** Provisions the client, and adds a key by hand to what Digdir has then; tells the id of that key. */
export async function provisionWithForeignKey(
  stage: Stage,
  client: OAuthClientName,
  operation: Operation,
): Promise<string> {
  const { clientId, outcome, message } = (await driveClient(stage, client, operation)).end;
  if (clientId === undefined) throw new Error(`The client is ${outcome}: ${message}`);
  const { n = '', e = '' } = new X509Certificate(stage.issued.leaf).publicKey.export({ format: 'jwk' });
  const foreign = 'made-by-hand';
  stage.cloud.digdir.registerKey(clientId, { kid: foreign, kty: 'RSA', n, e, use: 'sig' });
  return foreign;
}
