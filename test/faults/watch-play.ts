/** How the watch is played: two passes, the renewals that the first one starts, the judgement, and a pass that finds nothing to do. */

import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { readHeld, write } from '../../activities/client-record.ts';
import { oauthClientWorkflowId } from '../../domain/client-names.ts';
import type { Ladders } from '../../domain/expiry.ts';
import { adminClientWorkflowId } from '../../domain/names.ts';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import type { ProvisioningResult } from '../../domain/provisioning.ts';
import { watchStart } from '../../domain/watch.ts';
import type { WatchRequest, WatchResult } from '../../domain/watch.ts';
import { readSettings } from '../../worker/settings.ts';
import { statusQuery } from '../../workflows/messages.ts';
import { adminScopes, clientName, requestOf, specOf, tenantOf } from '../provisioning.ts';
import { quickRotation } from '../rotation.ts';
import { showApplication } from './application.ts';
import { withServices } from './defect.ts';
import { patience, patiently } from './drive.ts';
import { driveClient } from './drive-client.ts';
import { faultPace } from './pace.ts';
import { mostAttempts } from './pending-activity.ts';
import { provisioned } from './provisioned.ts';
import { judgeAll } from './scenario.ts';
import type { Play } from './scenario.ts';
import type { Stage } from './stage.ts';
import { watched, watchedAgain } from './watched.ts';
import { createWitness } from './witness.ts';

/** Whether the first pass is heard by nobody, or is two of them at once. */
export type Course = 'after another' | 'unheard' | 'abreast';

const year = 366 * 86_400;
/** Everything has reached its first step. */
const reached = { rungs: [{ step: 'first', seconds: 9 * year }] };
const ladders: Ladders = {
  certificate: { ...reached, expired: 'daily' },
  key: { ...reached, expired: 'once' },
};

export async function play(stage: Stage, course: Course): Promise<Play> {
  const [client, other] = [clientName(stage), clientName(stage)];
  const request = requestFor(stage);
  const rotationId = adminClientWorkflowId({ tenant: stage.tenant, environment: 'local', kind: 'idporten' });
  const clientId = oauthClientWorkflowId(client);
  const [first, beside, next] = [randomUUID(), randomUUID(), randomUUID()];
  const passId = (suffix: string) => watchStart(request, suffix).workflowId;
  await end(stage, rotationId);
  for (const one of [client, other]) await driveClient(stage, one, { kind: 'apply', spec: specOf(one.name) });
  await age(stage, client);
  const former = showApplication(stage, client).credentials.at(-1)?.kid ?? '';
  const witness = createWitness(stage, client);
  const results: WatchResult[] = [];
  const runs = async () => [await runOf(stage, clientId), await runOf(stage, rotationId)];
  let renewed: ProvisioningResult | undefined;
  return {
    workflowId: passId(first),
    others: [passId(beside), passId(next), clientId, rotationId],
    witness: (call) => witness.see(call),
    async drive() {
      if (course === 'unheard') stage.webhook.answer(() => ({ status: 503 }));
      const passes = [pass(stage, request, first)];
      if (course === 'abreast') passes.push(pass(stage, request, beside));
      results.push(...(await Promise.all(passes)));
      stage.webhook.answer();
      const until = Date.now() + patience;
      const handle = stage.client.workflow.getHandle(clientId);
      renewed = await patiently(stage, until, async () => (await handle.result()) as ProvisioningResult);
      results.push(await pass(stage, request, next));
    },
    async judge(circumstances) {
      if (!renewed) throw new Error('The passes have not been driven to their end.');
      await certificateAwaited(stage, rotationId);
      const attempts = await mostAttempts(stage, clientId);
      const shown = showApplication(stage, client);
      const evidence = {
        ...shown,
        ends: renewed.ends,
        breaches: witness.breaches,
        contents: 2,
        // A fault costs one attempt: what took more was given up, and may have gone on.
        overlapping: circumstances.overlapping || attempts > 2,
      };
      const { tenant, webhook, cloud, issued } = stage;
      const secrets = cloud.google.inspect().secrets;
      const seen = { tenant, issued, shown, former, other: showApplication(stage, other), results, webhook, secrets };
      const broken = [
        ...judgeAll(provisioned, evidence),
        ...judgeAll(watched, { ...seen, unheard: course === 'unheard' }),
      ];
      const [before, told, runsBefore] = [world(stage), webhook.received.length, await runs()];
      const result = await pass(stage, request, randomUUID());
      const again = { result, told: webhook.received.length - told, before, after: world(stage) };
      broken.push(...judgeAll(watchedAgain, { ...again, runs: [runsBefore, await runs()] }));
      await end(stage, rotationId);
      return broken;
    },
  };
}

const world = ({ cloud }: Stage) => ({ google: cloud.google.inspect(), clients: cloud.digdir.inspect().clients });

function requestFor(stage: Stage): WatchRequest {
  const { tenant, environment, organisation, google, platform, approval } = tenantOf(stage);
  const clientId = stage.cloud.digdir.inspect().clients[0]?.client.client_id ?? '';
  const clients = { idporten: { clientId, scopes: adminScopes.idporten, assertion: 'x5c' } } as const;
  const subject = { tenant, environment, organisation, google, platform, clients, approval };
  const asked = { rotation: quickRotation, requestedBy: 'per', pace: faultPace };
  return { ...subject, ...asked, ladders, renewBefore: 9 * year };
}

async function pass(stage: Stage, request: WatchRequest, suffix: string): Promise<WatchResult> {
  const until = Date.now() + patience;
  const { workflowType, args, ...start } = watchStart(request, suffix);
  const handle = await patiently(stage, until, () =>
    stage.client.workflow.start(workflowType, {
      ...start,
      args: [...args],
      taskQueue: stage.prefix,
      // What a killed process had in hand is given to the next one after this.
      workflowTaskTimeout: '2s',
      // It is asked for again when the answer was lost.
      workflowIdConflictPolicy: 'USE_EXISTING',
    }),
  );
  return await patiently(stage, until, async () => (await handle.result()) as WatchResult);
}

/** Has our record say that the client's key was made two years ago: two thirds of its life are over. */
async function age(stage: Stage, client: OAuthClientName): Promise<void> {
  const request = requestOf(stage, client, { kind: 'rotate-key' });
  const limits = { timeout: 10_000 };
  await withServices(readSettings(stage.cloud.variables), 'operator', async (services) => {
    const held = await readHeld(services, limits, request);
    if (!held) throw new Error(`There is no record of ${client.name}.`);
    const created = new Date(Date.now() - 2 * year * 1000).toISOString();
    const keys = held.record.keys.map((key) => ({ ...key, created }));
    await write(services, limits, request, held, { ...held.record, keys });
  });
}

async function certificateAwaited(stage: Stage, workflowId: string): Promise<void> {
  const handle = stage.client.workflow.getHandle(workflowId);
  const until = Date.now() + patience;
  await patiently(stage, until, async () => {
    const { awaiting, phase } = await handle.query(statusQuery);
    if (awaiting?.what !== 'certificate') throw new Error(`The rotation is ${phase}, and awaits ${awaiting?.what}.`);
  });
}

async function runOf(stage: Stage, workflowId: string): Promise<string> {
  const { runId, status } = await stage.client.workflow.getHandle(workflowId).describe();
  return `${runId} (${status.name})`;
}

/** The tenant is that of later runs, too. */
async function end(stage: Stage, workflowId: string): Promise<void> {
  await stage.client.workflow
    .getHandle(workflowId)
    .terminate('the run of the harness is over')
    .catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
}
