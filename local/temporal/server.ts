/** Temporal's dev server as a process of its own, on loopback, with its state in a file. */
import { join, resolve } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { findCli, type Say } from './cli.ts';
import { endLeftOver, noteServer, removeNote } from './left-over.ts';
import { launch, type Launch } from './launch.ts';
import { freePorts } from './ports.ts';

export type LocalTemporal = {
  /** `127.0.0.1:<port>`, the same after a restart. */
  readonly address: string;
  readonly namespace: string;
  /** The URL of the Temporal UI, or '' when it was not asked for. */
  readonly ui: string;
  /** The SQLite file with all of the server's state. */
  readonly database: string;
  /** The file that the server writes its log to. */
  readonly log: string;
  /** The process that serves now. */
  readonly pid: number;
  /** Ends the server (SIGKILL unless told otherwise) and starts it on the same port and file; resolves when it serves. */
  restart(how?: 'kill' | 'terminate'): Promise<void>;
  /** Ends the server; resolves when its process is gone. */
  close(): Promise<void>;
};

type LocalTemporalOptions = {
  /** Holds database, log and the note of the running process; made when missing, and kept at the end. */
  readonly folder: string;
  /** Made at the start; `default` when absent. */
  readonly namespace?: string;
  readonly ui?: boolean;
  /** Hears each step of finding the server. */
  readonly say?: Say;
  /** A free one when absent. */
  readonly port?: number;
  /** Name to type (`Keyword`, `Datetime`, …), registered at the start. */
  readonly searchAttributes?: Readonly<Record<string, string>>;
};

/**
 * Starts a server of our own and resolves when it serves the namespace. Whatever `TEMPORAL_…` is exported is ignored:
 * a production address must never receive what is meant for here. The server ends with `close`, or with this process.
 */
export async function startTemporal(options: LocalTemporalOptions): Promise<LocalTemporal> {
  const say = options.say ?? (() => {});
  const folder = resolve(options.folder);
  await mkdir(folder, { recursive: true });
  await endLeftOver(folder, say);
  const plan = await planLaunch(options, folder, await findCli(say));

  let running = await launch(plan);
  await noteServer(folder, running.pid, plan.address);
  return {
    address: plan.address,
    namespace: plan.namespace,
    ui: plan.ui,
    database: plan.database,
    log: plan.log,
    get pid() {
      return running.pid;
    },
    async restart(how = 'kill') {
      await running.end(how);
      running = await launch(plan);
      await noteServer(folder, running.pid, plan.address);
    },
    async close() {
      await running.end('terminate');
      await removeNote(folder);
    },
  };
}

type Plan = Launch & { readonly ui: string; readonly database: string };

async function planLaunch(options: LocalTemporalOptions, folder: string, cli: string): Promise<Plan> {
  const [freePort = 0, uiPort = 0] = await freePorts(2);
  const port = options.port ?? freePort;
  const namespace = options.namespace ?? 'default';
  const database = join(folder, 'temporal.db');
  const searchAttributes = Object.entries(options.searchAttributes ?? {});
  // Settings of the person's own `temporal` commands do not concern this server.
  const ignored = ['--disable-config-env', '--disable-config-file', '--env-file', join(folder, 'no-environments.yaml')];
  const command = ['server', 'start-dev', '--log-level', 'warn', ...ignored];
  const listen = ['--ip', '127.0.0.1', '--port', String(port)];
  const state = ['--namespace', namespace, '--db-filename', database];
  return {
    cli,
    address: `127.0.0.1:${port}`,
    namespace,
    ui: options.ui ? `http://127.0.0.1:${uiPort}` : '',
    database,
    log: join(folder, 'temporal.log'),
    arguments: [
      ...command,
      ...listen,
      ...state,
      ...pragmas.flatMap((pragma) => ['--sqlite-pragma', pragma]),
      ...(options.ui ? ['--ui-port', String(uiPort), '--ui-disable-news-fetch'] : ['--headless']),
      ...searchAttributes.flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
      ...dynamicConfig.flatMap((setting) => ['--dynamic-config-value', setting]),
    ],
  };
}

const pragmas = [
  // Whoever reads does not wait for whoever writes: a database that is busy reads as a namespace that is not there.
  'journal_mode=wal',
  // The disk is waited for now and then, not by every write; what is committed outlives the process all the same.
  'synchronous=normal',
];

const dynamicConfig = [
  // Otherwise no timer and no retry takes less than a second.
  'history.timerProcessorMaxTimeShift="10ms"',
  // The server would ask Temporal's site whether there is a newer one.
  'frontend.enableServerVersionCheck=false',
];
