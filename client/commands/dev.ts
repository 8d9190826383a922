/** `digdir dev`: the whole world on this machine, with a worker in it, until it is told to end. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { Refusal } from '../../domain/refusal.ts';
import { secondCertificates } from '../../local/tenant.ts';
import { WorldFault } from '../../local/world-fault.ts';
import { startWorld } from '../../local/world.ts';
import type { World } from '../../local/world.ts';
import { payloadConverterPath, startWorker } from '../../worker/run.ts';
import { readSettings } from '../../worker/settings.ts';
import type { WorkerSettings } from '../../worker/settings.ts';
import { option } from '../call.ts';
import type { Call } from '../call.ts';
import { endsWith, interruption } from '../interruption.ts';
import type { Interruption } from '../interruption.ts';
import { writeJson } from '../output.ts';
import { exportLines } from '../shell.ts';
import { requireWorkers } from '../workers.ts';
import { devGuide, variablesFile } from '../world-guide.ts';

export async function dev(call: Call): Promise<number> {
  const interrupted = interruption(call.output.say);
  return await endsWith(0, interrupted, async () => await devUntil(call, interrupted));
}

async function devUntil(call: Call, interrupted: Interruption): Promise<number> {
  const { output } = call;
  const folder = resolve(option(call, 'folder') ?? '.digdir');
  const hosted = await hostWorld(call, folder);
  try {
    const { variables, tenant } = hosted.world;
    if (output.json) writeJson(output, { folder, variables, tenant });
    const second = await secondCertificates(hosted.world.cloud, hosted.world.tenant);
    for (const line of devGuide(hosted.world, second)) output.say(line);
    await Promise.race([interrupted.happened, hosted.workerEnded]);
  } finally {
    await hosted.close();
  }
  return 0;
}

export type HostedWorld = {
  readonly world: World;
  readonly client: Client;
  /** Resolves when the worker has ended, and rejects when it broke. */
  readonly workerEnded: Promise<void>;
  close(): Promise<void>;
};

/**
 * Starts a world and, in this process, a worker that plays all three roles in it, with these settings where they differ
 * from the world's. Nothing is left when it rejects.
 */
export async function hostWorld(
  call: Call,
  folder: string,
  settings: Partial<WorkerSettings> = {},
): Promise<HostedWorld> {
  const address = option(call, 'temporal');
  const namespace = option(call, 'namespace') ?? 'default';
  const say = call.output.say;
  const world = await startWorld({ folder, say, ...(address ? { temporal: { address, namespace } } : {}) }).catch(
    (error: unknown) => {
      throw error instanceof WorldFault ? new Refusal('WORLD_NOT_STARTED', error.message) : error;
    },
  );
  const closers = [() => world.close()];
  try {
    await writeFile(join(folder, variablesFile), exportLines(world.variables));
    const log = openLog(join(folder, 'worker.log'));
    closers.unshift(log.close);
    const worker = await hostWorker(world, settings, log.write);
    closers.unshift(() => worker.stop());
    const connection = await Connection.connect({ address: world.temporal.address });
    closers.unshift(() => connection.close());
    const dataConverter = { payloadConverterPath };
    const client = new Client({ connection, namespace: world.temporal.namespace, dataConverter });
    await workersSeen(client, world.variables.DIGDIR_TASK_QUEUE_PREFIX ?? '');
    say('a worker for all three roles, in this process');
    return { world, client, workerEnded: worker.ended, close: () => closeAll(closers) };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

async function hostWorker(
  { temporal, variables }: World,
  settings: Partial<WorkerSettings>,
  write: (entry: object) => void,
) {
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) =>
      write({ level, message, error: meta?.error ? String(meta.error) : undefined }),
    ),
    // Left to itself, the native part writes to stdout, which is for data.
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
    // The command ends the worker itself, when what it hosts has been told to end.
    shutdownSignals: [],
  });
  const worker = await startWorker(
    { ...readSettings(variables), ...settings },
    {
      connection: { address: temporal.address },
      namespace: temporal.namespace,
      audit: (entry) => write({ audit: true, ...entry }),
      grace: 2_000,
    },
  );
  // Whoever waits for it hears that it broke; where nobody waits yet, that must not end the process halfway.
  worker.ended.catch(() => undefined);
  return worker;
}

/** Looks at most this often, every tenth of a second, whether the server knows the worker. */
const looks = 300;

/** Resolves when the server has been polled on every queue: before that, a command says that there is no worker. */
async function workersSeen(client: Client, prefix: string): Promise<void> {
  for (let look = 1; ; look += 1) {
    try {
      await requireWorkers(client, prefix);
      return;
    } catch (error) {
      if (!(error instanceof Refusal) || look === looks) throw error;
      await wait(100);
    }
  }
}

/** A file of JSON lines. What the runtime still says after the end is dropped. */
function openLog(file: string) {
  const stream = createWriteStream(file, { flags: 'a' });
  return {
    write: (entry: object) => {
      if (!stream.writableEnded) stream.write(`${JSON.stringify(entry)}\n`);
    },
    close: async () => {
      stream.end();
      await once(stream, 'close');
    },
  };
}

/** Closes one after the other, all of them; rejects with the first error. */
async function closeAll([first, ...rest]: ReadonlyArray<() => Promise<void>>): Promise<void> {
  if (!first) return;
  try {
    await first();
  } finally {
    await closeAll(rest);
  }
}
