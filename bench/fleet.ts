/** `digdir apply` of a folder: what each of its clients costs in calls, and what all of them cost beside empty workflows. */

import type { ClientKind } from '../domain/tenant.ts';
import type { Call } from '../local/calls.ts';
import { createPlace } from '../test/end-to-end/command.ts';
import { onboardAdminClient } from '../test/provisioning.ts';
import { measureEmptyFleet, measureKeys } from './empty.ts';
import { figure } from './figures.ts';
import type { Figure } from './figures.ts';
import { writeFolder } from './folder.ts';
import type { Folder } from './folder.ts';
import type { Stage } from './stage.ts';

type Pass = {
  /** Milliseconds from the command's start to its end. */
  readonly time: number;
  /** Milliseconds that the local Google and Digdir kept a processor busy. */
  readonly local: number;
  readonly calls: readonly Call[];
  /** How many activities each client took. */
  readonly activities: readonly number[];
  readonly clients: Readonly<Record<ClientKind, number>>;
};

type Admins = Readonly<Record<ClientKind, string>>;

/** Applies a folder with this many clients twice: then all are new, and then nothing is left to be done. */
export async function fleetFigures(stage: Stage, count: number): Promise<Figure[]> {
  const { world } = stage;
  const admins = {
    idporten: await onboardAdminClient(world, 'idporten'),
    maskinporten: await onboardAdminClient(world, 'maskinporten'),
  };
  const folder = await writeFolder(world, count);
  const fresh = await pass(stage, folder, 'applied');
  const unchanged = await pass(stage, folder, 'unchanged');
  const empty = await measureEmptyFleet(world, fresh.activities);
  const emptyUnchanged = await measureEmptyFleet(world, unchanged.activities);
  const keys = await measureKeys(count);
  return [
    ...callsOf('new', fresh, admins),
    ...callsOf('unchanged', unchanged, admins),
    figure(`${count} new clients, against as many empty workflows`, fresh.time / empty, 'times'),
    figure(`${count} new clients: the making of their keys alone, against the same`, keys / empty, 'times'),
    figure(`${count} new clients without that, against the same`, (fresh.time - keys) / empty, 'times'),
    figure(`${count} new clients: the local Google and Digdir`, fresh.local / fresh.time, 'processors'),
    figure(`${count} unchanged clients, against as many empty workflows`, unchanged.time / emptyUnchanged, 'times'),
  ];
}

type Applied = {
  readonly client: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly result?: { readonly outcome: string; readonly message: string };
};

async function pass({ world, variables }: Stage, folder: Folder, expected: string): Promise<Pass> {
  const place = await createPlace();
  const before = { calls: world.cloud.calls.count(), processor: process.cpuUsage(), time: performance.now() };
  const words = ['apply', '-f', folder.manifests, '-t', folder.tenant, '--by', 'per', '--json'];
  const { code, stdout, stderr } = await place.run(words, variables).ended;
  const time = performance.now() - before.time;
  const { user, system } = process.cpuUsage(before.processor);
  await place.remove();
  if (code !== 0) throw new Error(`digdir apply ended with ${code}:\n${stderr}`);
  const { clients } = JSON.parse(stdout) as { readonly clients: readonly Applied[] };
  const other = clients.find(({ result }) => result?.outcome !== expected);
  if (other) throw new Error(`${other.client} is not ${expected}: ${JSON.stringify(other.result)}`);
  const machines = clients.filter(({ workflowId }) => workflowId.endsWith(':maskinporten')).length;
  const activities: number[] = [];
  for (const { workflowId, runId } of clients) activities.push(await activitiesOf(world.client, workflowId, runId));
  return {
    time,
    local: (user + system) / 1000,
    calls: world.cloud.calls.list().slice(before.calls),
    activities,
    clients: { idporten: clients.length - machines, maskinporten: machines },
  };
}

async function activitiesOf({ workflow }: Stage['world']['client'], id: string, runId: string): Promise<number> {
  const { events } = await workflow.getHandle(id, runId).fetchHistory();
  return (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes).length;
}

const list = /^GET \/api\/v1\/(clients|scopes|scopes\/all|scopes\/access\/all)$/;

/** Lists and signatures are for all clients; what is read or written is one client's own. */
function callsOf(state: 'new' | 'unchanged', { calls, clients }: Pass, admins: Admins): Figure[] {
  const count = clients.idporten + clients.maskinporten;
  const counted = (isSo: (call: Call) => boolean) => calls.filter(isSo).length;
  const atDigdir = calls.filter(({ system }) => system === 'self-service');
  const ofKind = (kind: ClientKind, title: string, isProof: (call: Call) => boolean): Figure[] => {
    const own = atDigdir.filter(({ caller, method }) => caller === admins[kind] && !list.test(method));
    const reads = own.filter(({ method }) => method.startsWith('GET ')).length;
    const [what, total] = [`one ${state} ${title} client`, clients[kind]];
    if (total === 0) return [];
    return [
      figure(`${what}: writes at Digdir`, (own.length - reads) / total, 'calls'),
      figure(`${what}: reads at Digdir`, reads / total, 'calls'),
      figure(`${what}: proofs of its key`, counted(isProof) / total, 'calls'),
    ];
  };
  const isToken = ({ system, method }: Call) => system === 'maskinporten' && method.startsWith('POST ');
  const isAdmin = ({ caller }: Call) => Object.values(admins).includes(caller);
  return [
    ...ofKind('idporten', 'ID-porten', ({ system, method }) => system === 'idporten' && method.startsWith('POST ')),
    ...ofKind('maskinporten', 'Maskinporten', (call) => isToken(call) && !isAdmin(call)),
    figure(
      `one ${state} client: calls of Secret Manager`,
      counted(({ system }) => system === 'secret-manager') / count,
      'calls',
    ),
    figure(
      `${count} ${state} clients: lists at Digdir`,
      atDigdir.filter(({ method }) => list.test(method)).length,
      'calls',
    ),
    figure(
      `${count} ${state} clients: signatures by KMS`,
      counted(({ method }) => method === 'AsymmetricSign'),
      'calls',
    ),
    figure(
      `${count} ${state} clients: admin tokens`,
      counted((call) => isToken(call) && isAdmin(call)),
      'calls',
    ),
  ];
}
