/** `digdir demo`: the main job on an embedded world: both admin clients onboarded, approved by a scripted second person. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeFinding } from '../../domain/failures.ts';
import { adminClientWorkflowId } from '../../domain/names.ts';
import { defaultPace } from '../../domain/onboarding.ts';
import { clientKinds } from '../../domain/tenant.ts';
import { callerKms } from '../caller-kms.ts';
import { flag } from '../call.ts';
import type { Call } from '../call.ts';
import { approveEverything } from '../demo-approver.ts';
import { demoReport, reportLines } from '../demo-report.ts';
import { readOrders } from '../inputs.ts';
import { runOnboard } from '../onboarding.ts';
import type { Onboarded } from '../onboarding.ts';
import { writeJson } from '../output.ts';
import { readRoots } from '../roots.ts';
import { guide, hostWorld, interruption } from './dev.ts';
import type { HostedWorld } from './dev.ts';

export async function demo(call: Call): Promise<number> {
  const { output } = call;
  const started = performance.now();
  const interrupted = interruption();
  const folder = await mkdtemp(join(tmpdir(), 'digdir-demo-'));
  let hosted: HostedWorld | undefined;
  try {
    hosted = await hostWorld(call, folder);
    const { exitCode, runs } = await Promise.race([onboardBoth(call, hosted), interrupted.then(leave)]);
    const report = demoReport(runs, hosted.world.cloud.calls.list(), (performance.now() - started) / 1000);
    if (output.json) writeJson(output, report);
    else {
      output.data(runs.map(({ end }) => (end.state === 'ended' ? (end.result.handover?.yaml ?? '') : '')).join(''));
      for (const line of reportLines(report)) output.say(line);
    }
    if (!flag(call, 'keep')) return exitCode;
    for (const line of guide(hosted.world)) output.say(line);
    await Promise.race([interrupted, hosted.workerEnded]);
    return exitCode;
  } finally {
    await hosted?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same code path as `digdir onboard`, with Kari approving beside it. */
async function onboardBoth({ output }: Call, { world, client }: HostedWorld): Promise<Onboarded> {
  const { tenant, variables, temporal } = world;
  const kms = callerKms(variables);
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
    return await runOnboard({
      orders,
      client,
      prefix: 'digdir',
      kms: kms.open,
      output,
      wait: true,
      ...(temporal.ui ? { ui: temporal.ui } : {}),
    });
  } finally {
    done.abort();
    await approving;
    await kms.close();
  }
}

/** What an interrupted demo came to. */
const leave = (): Onboarded => ({ exitCode: 130, runs: [] });
