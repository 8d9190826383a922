/**
 * `digdir demo`: the main job on an embedded world: both admin clients onboarded, approved by a scripted second person, and
 * clients of applications provisioned from a folder of manifests.
 */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeFinding, failureOf } from '../../domain/failures.ts';
import { adminClientWorkflowId } from '../../domain/names.ts';
import { defaultPace } from '../../domain/onboarding.ts';
import { clientKinds } from '../../domain/tenant.ts';
import { callerKms } from '../caller-kms.ts';
import { flag } from '../call.ts';
import type { Call } from '../call.ts';
import { applicationLines, applyManifests } from '../demo-application.ts';
import { approveEverything } from '../demo-approver.ts';
import { demoReport, reportLines } from '../demo-report.ts';
import { readOrders } from '../inputs.ts';
import { endsWith, interruptedExitCode, interruption } from '../interruption.ts';
import type { Interruption } from '../interruption.ts';
import { runOnboard } from '../onboarding.ts';
import type { Onboarded } from '../onboarding.ts';
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
    const hosted = await hostWorld(call, folder);
    try {
      return await show(call, hosted, interrupted);
    } finally {
      await hosted.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function show(call: Call, hosted: HostedWorld, interrupted: Interruption): Promise<number> {
  const { output } = call;
  const { exitCode, runs } = await onboardBoth(call, hosted, interrupted.signal);
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
  const report = demoReport(runs, applications, hosted.world.cloud.calls.list(), process.uptime());
  if (output.json) writeJson(output, report);
  else {
    output.data(runs.map(({ end }) => (end.state === 'ended' ? (end.result.handover?.yaml ?? '') : '')).join(''));
    for (const line of [...applications.flatMap(applicationLines), ...reportLines(report)]) output.say(line);
  }
  if (flag(call, 'keep')) {
    for (const line of demoGuide(hosted.world)) output.say(line);
    await Promise.race([interrupted.happened, hosted.workerEnded]);
  }
  return exitCode;
}

/** The same code path as `digdir onboard`, with Kari approving beside it. */
async function onboardBoth({ output }: Call, hosted: HostedWorld, interrupted: AbortSignal): Promise<Onboarded> {
  const { world, client, workerEnded } = hosted;
  const { tenant, variables, temporal } = world;
  const broken = new AbortController();
  workerEnded.catch(() => broken.abort());
  const kms = callerKms(variables, ['local']);
  const done = new AbortController();
  const subject = { tenant: 'eksempeletaten', environment: 'local' } as const;
  const workflowIds = clientKinds.map((kind) => adminClientWorkflowId({ ...subject, kind }));
  const kari = { by: 'kari@example.org', kid: tenant.kid, say: output.say };
  const approving = approveEverything(client, workflowIds, kari, done.signal);
  try {
    const { orders, findings } = await readOrders({
      tenantFile: tenant.file,
      keyFiles: tenant.keyFiles,
      chains: {},
      passphrase: async () => Buffer.from((await readFile(tenant.passphraseFile, 'utf8')).trim()),
      roots: await readRoots(variables.DIGDIR_CERTIFICATE_ROOTS),
      requestedBy: 'ola@example.org',
      pace: defaultPace,
      now: new Date(),
    });
    for (const finding of findings) output.say(describeFinding(finding));
    const onboarded = await runOnboard({
      orders,
      client,
      prefix: variables.DIGDIR_TASK_QUEUE_PREFIX ?? '',
      kms: kms.open,
      output,
      wait: true,
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
