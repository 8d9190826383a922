/** `digdir dev`: the whole world on this machine, with a worker in it, until it is told to end. */

import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { startWorld } from '../../local/world.ts';
import type { World } from '../../local/world.ts';
import { payloadConverterPath, startWorker } from '../../worker/run.ts';
import { readSettings } from '../../worker/settings.ts';
import { option } from '../call.ts';
import type { Call } from '../call.ts';
import { writeJson } from '../output.ts';

export async function dev(call: Call): Promise<number> {
  const folder = resolve(option(call, 'folder') ?? '.digdir');
  const interrupted = interruption();
  const hosted = await hostWorld(call, folder);
  if (call.output.json)
    writeJson(call.output, { folder, variables: hosted.world.variables, tenant: hosted.world.tenant });
  for (const line of guide(hosted.world)) call.output.say(line);
  await Promise.race([interrupted, hosted.workerEnded]);
  call.output.say('Stopping …');
  await hosted.close();
  return 0;
}

export type HostedWorld = {
  readonly world: World;
  readonly client: Client;
  /** Resolves or rejects when the worker is gone. */
  readonly workerEnded: Promise<void>;
  close(): Promise<void>;
};

/** Starts a world and, in this process, a worker that plays all three roles in it. */
export async function hostWorld(call: Call, folder: string): Promise<HostedWorld> {
  const { output } = call;
  const address = option(call, 'temporal');
  const namespace = option(call, 'namespace') ?? 'default';
  const say = (line: string) => output.say(line);
  const world = await startWorld({ folder, say, ...(address ? { temporal: { address, namespace } } : {}) });
  try {
    const log = createWriteStream(join(folder, 'worker.log'), { flags: 'a' });
    Runtime.install({
      logger: new DefaultLogger('WARN', ({ level, message, meta }) =>
        log.write(`${JSON.stringify({ level, message, error: meta?.error ? String(meta.error) : undefined })}\n`),
      ),
      // The command ends the worker itself, when what it hosts has been told to end.
      shutdownSignals: [],
    });
    const connection = { address: world.temporal.address };
    const audit = (entry: object) => log.write(`${JSON.stringify({ audit: true, ...entry })}\n`);
    const host = { connection, namespace: world.temporal.namespace, audit, grace: 2_000 };
    const worker = await startWorker(readSettings(world.variables), host);
    say('a worker for all three roles, in this process');
    const clientConnection = await Connection.connect(connection);
    const dataConverter = { payloadConverterPath };
    const client = new Client({ connection: clientConnection, namespace: world.temporal.namespace, dataConverter });
    return {
      world,
      client,
      workerEnded: worker.ended,
      close: async () => {
        await clientConnection.close();
        await worker.stop();
        await world.close();
        log.end();
        await once(log, 'close');
      },
    };
  } catch (error) {
    await world.close();
    throw error;
  }
}

/** Resolves at SIGINT or SIGTERM. */
export async function interruption(): Promise<void> {
  const stop = new AbortController();
  try {
    await Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal, { signal: stop.signal })));
  } finally {
    stop.abort();
  }
}

/** What to do in the world that runs, to be read on a terminal. Writes the variables to a file that a shell can read. */
export function guide({ folder, temporal, variables, tenant }: World): string[] {
  const file = join(folder, 'env');
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return [
    '',
    `The world is up, and keeps everything in ${folder}.`,
    ...(temporal.ui ? [`Temporal UI: ${temporal.ui}`] : []),
    'In another terminal:',
    `  . '${file}'`,
    `  npm run digdir -- onboard -f '${tenant.file}' --key-file-maskinporten '${tenant.keyFiles.maskinporten}' --key-file-idporten '${tenant.keyFiles.idporten}' --passphrase-file '${tenant.passphraseFile}'`,
    '  npm run digdir -- approvals',
    `  npm run digdir -- approve admin-client:eksempeletaten:local:maskinporten --gate registration --reason 'seen' --by kari@example.org`,
    `(the ID-porten client proves itself by the kid ${tenant.kid}: approve it with --kid ${tenant.kid})`,
    'Ctrl-C ends the world; the next start on the same folder goes on with it.',
  ];
}
