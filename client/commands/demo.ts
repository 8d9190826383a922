/**
 * `digdir demo`: the main job on an embedded world: both admin clients onboarded, approved by a scripted second person, and
 * clients of applications provisioned from a folder of manifests; on request, their certificates rotated under load.
 */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeFinding, failureOf } from '../../domain/failures.ts';
import { adminClientWorkflowId } from '../../domain/names.ts';
import { defaultPace } from '../../domain/onboarding.ts';
import type { RotationSettings } from '../../domain/rotation.ts';
import { clientKinds } from '../../domain/tenant.ts';
import { renewCertificates } from '../../local/tenant.ts';
import { callerKms } from '../caller-kms.ts';
import { flag } from '../call.ts';
import type { Call } from '../call.ts';
import { applicationLines, applyManifests } from '../demo-application.ts';
import { approveEverything } from '../demo-approver.ts';
import { demoReport, reportLines } from '../demo-report.ts';
import { rotateAndRollBack } from '../demo-rotation.ts';
import type { DemoRotation } from '../demo-rotation.ts';
import { readOrders } from '../orders.ts';
import { endsWith, interruptedExitCode, interruption } from '../interruption.ts';
import type { Interruption } from '../interruption.ts';
import { runOrders } from '../order-runs.ts';
import type { OrderRuns } from '../order-runs.ts';
import { writeJson } from '../output.ts';
import { readRoots } from '../roots.ts';
import { demoGuide } from '../world-guide.ts';
import { hostWorld } from './dev.ts';
import type { HostedWorld } from './dev.ts';

export async function demo(call: Call): Promise<number> {
  const interrupted = interruption(call.output.say);
  return await endsWith(interruptedExitCode, interrupted, async () => await demoIn(call, interrupted));
}

async function demoIn(call: Call, interrupted: Interruption): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'digdir-demo-'));
  try {
    const hosted = await hostWorld(call, folder, flag(call, 'rotate') ? { refresh } : {});
    try {
      return await show(call, hosted, interrupted);
    } finally {
      await hosted.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds until the worker of a demo that rotates looks for a newer document: nobody watches for longer. */
const refresh = 1_000;
/** Seconds of an admin token's life then, so that many are taken. */
const tokenLifetime = 2;

async function show(call: Call, hosted: HostedWorld, interrupted: Interruption): Promise<number> {
  const { output } = call;
  const { keyFiles, kid } = hosted.world.tenant;
  const { exitCode, runs } = await admitBoth(call, hosted, { keyFiles, kid }, interrupted.signal);
  if (interrupted.signal.aborted || exitCode !== 0) return exitCode;
  const applications = await applyManifests({
    client: hosted.client,
    variables: hosted.world.variables,
    tenantFile: hosted.world.tenant.file,
    manifests: hosted.world.tenant.manifests,
    ui: hosted.world.temporal.ui,
    output,
    signal: interrupted.signal,
  });
  if (interrupted.signal.aborted) return interruptedExitCode;
  if (!applications) return failureOf('UNEXPECTED').exitCode;
  const rotation = flag(call, 'rotate') ? await rotateUnderLoad(call, hosted, interrupted.signal) : undefined;
  if (interrupted.signal.aborted) return interruptedExitCode;
  const report = demoReport(runs, applications, hosted.world.cloud.calls.list(), process.uptime(), rotation);
  if (output.json) writeJson(output, report);
  else {
    output.data(runs.map(({ end }) => (end.state === 'ended' ? (end.result.handover?.yaml ?? '') : '')).join(''));
    for (const line of [...applications.flatMap(applicationLines), ...reportLines(report)]) output.say(line);
  }
  if (flag(call, 'keep')) {
    for (const line of demoGuide(hosted.world)) output.say(line);
    await Promise.race([interrupted.happened, hosted.workerEnded]);
  }
  return rotation?.went === 'badly' ? failureOf('UNEXPECTED').exitCode : exitCode;
}

async function rotateUnderLoad(call: Call, hosted: HostedWorld, signal: AbortSignal): Promise<DemoRotation> {
  const { world, client } = hosted;
  world.cloud.digdir.settings.tokenLifetime = tokenLifetime;
  let certificates = 1;
  return await rotateAndRollBack({
    client,
    variables: world.variables,
    tenantFile: world.tenant.file,
    manifests: world.tenant.manifests,
    output: call.output,
    signal,
    rotate: async (rotation, stay) => {
      const renewed = await renewCertificates(world.cloud, world.tenant, (certificates += 1));
      return await admitBoth(call, hosted, { ...renewed, rotation, stay }, signal);
    },
  });
}

type Admitted = Pick<HostedWorld['world']['tenant'], 'keyFiles' | 'kid'> & {
  /** For a rotation instead of an onboarding. */
  readonly rotation?: RotationSettings;
  /** Whether to stay in its soak. */
  readonly stay?: boolean;
};

/** The same code path as `digdir onboard` and `digdir rotate-certificate`, with Kari approving beside it. */
async function admitBoth(
  { output }: Call,
  hosted: HostedWorld,
  { keyFiles, kid, rotation, stay = false }: Admitted,
  interrupted: AbortSignal,
): Promise<OrderRuns> {
  const { world, client, workerEnded } = hosted;
  const { tenant, variables, temporal } = world;
  const broken = new AbortController();
  workerEnded.catch(() => broken.abort());
  const kms = callerKms(variables, ['local']);
  const done = new AbortController();
  const subject = { tenant: 'eksempeletaten', environment: 'local' } as const;
  const workflowIds = clientKinds.map((kind) => adminClientWorkflowId({ ...subject, kind }));
  const kari = { by: 'kari@example.org', kid, say: output.say };
  const approving = approveEverything(client, workflowIds, kari, done.signal);
  try {
    const { orders, findings } = await readOrders({
      tenantFile: tenant.file,
      keyFiles,
      chains: {},
      passphrase: async () => Buffer.from((await readFile(tenant.passphraseFile, 'utf8')).trim()),
      roots: await readRoots(variables.DIGDIR_CERTIFICATE_ROOTS),
      requestedBy: 'ola@example.org',
      pace: defaultPace,
      now: new Date(),
      ...(rotation ? { rotation } : {}),
    });
    for (const finding of findings) output.say(describeFinding(finding));
    const onboarded = await runOrders({
      orders: rotation ? orders.map((order) => ({ ...order, request: { ...order.request, rotation } })) : orders,
      client,
      prefix: variables.DIGDIR_TASK_QUEUE_PREFIX ?? '',
      kms: kms.open,
      output,
      wait: true,
      stay,
      signal: AbortSignal.any([interrupted, broken.signal]),
      ...(temporal.ui ? { ui: temporal.ui } : {}),
    });
    if (broken.signal.aborted) await workerEnded;
    return onboarded;
  } finally {
    done.abort();
    await approving;
    await kms.close();
  }
}
