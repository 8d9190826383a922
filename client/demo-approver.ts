/** The second person of the demo: looks at what is awaited, and approves it. */

import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Decision } from '../domain/approval.ts';
import { decideUpdate } from '../workflows/messages.ts';
import type { Awaiting } from '../workflows/messages.ts';
import { readStatus } from './follow.ts';
import { sendUpdate } from './update.ts';

export type Approver = { readonly by: string; readonly kid: string; readonly say: (line: string) => void };

/** Approves every gate that the runs come to, each once, until it is told to stop. */
export async function approveEverything(
  client: Client,
  workflowIds: readonly string[],
  { by, kid, say }: Approver,
  signal: AbortSignal,
): Promise<void> {
  const decided = new Set<string>();
  while (!signal.aborted) {
    for (const workflowId of workflowIds) {
      const handle = client.workflow.getHandle(workflowId);
      const status = await readStatus(client, handle).catch(() => undefined);
      const awaiting = status?.awaiting;
      if (awaiting?.what !== 'decision' || decided.has(awaiting.digest)) continue;
      decided.add(awaiting.digest);
      say(`${by} approves ${awaiting.gate} of ${workflowId}`);
      await sendUpdate(handle, decideUpdate, decisionFor(awaiting, by, kid));
    }
    await wait(200, undefined, { signal }).catch(() => undefined);
  }
}

function decisionFor(awaiting: Extract<Awaiting, { what: 'decision' }>, by: string, kid: string): Decision {
  const { gate, digest, needsKid } = awaiting;
  const reason = gate === 'registration' ? 'Digdir confirmed it by e-mail' : 'the proof was seen';
  return { gate, digest, verdict: 'approve', by, reason, ...(needsKid ? { kid } : {}) };
}
