/** Onboarding as tests drive it: a tenant of the local cloud, a request, the person who submits and the one who approves. */

import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { wrapKey } from '../client/wrap.ts';
import { sameResource } from '../domain/names.ts';
import { onboardingStart } from '../domain/onboarding.ts';
import type { OnboardingRequest, OnboardingResult, Pace } from '../domain/onboarding.ts';
import type { IssuedCertificate } from '../local/authority/authority.ts';
import type { Cloud } from '../local/cloud.ts';
import { decideUpdate, statusQuery, submitKeyUpdate } from '../workflows/messages.ts';
import type { Awaiting, DecisionAnswer, RunStatus } from '../workflows/messages.ts';
import type { TestWorld } from './world.ts';

export const organisation = '310628107';

/** Everything quick: nothing in a test waits for a minute. */
export const quickPace: Pace = {
  attempt: 10_000,
  heartbeat: 2_000,
  retry: 50,
  propagation: 60,
  patience: 120,
  submission: 60,
};

export type Person = 'kari' | 'ola' | 'per';

type RequestOptions = Partial<Omit<OnboardingRequest, 'client'>> & {
  readonly client?: Partial<OnboardingRequest['client']>;
};

/** A request for a client that Digdir has registered, without keys: `x5c` unless said otherwise. */
export function requestFor(
  world: TestWorld,
  issued: IssuedCertificate,
  options: RequestOptions = {},
): OnboardingRequest {
  const { cloud, tenant } = world;
  const { client, ...rest } = options;
  return {
    tenant,
    environment: 'local',
    organisation,
    google: {
      project: cloud.google.project.id,
      location: 'europe-north1',
      keyRing: tenant,
      protectionLevel: 'SOFTWARE',
      replication: 'automatic',
    },
    platform: `serviceAccount:${cloud.accounts.platform}`,
    kind: 'maskinporten',
    client: {
      clientId: randomUUID(),
      scopes: ['idporten:dcr.write', 'idporten:dcr.read'],
      assertion: 'x5c',
      ...client,
    },
    approval: {},
    chain: issued.chain.join(''),
    existing: {},
    requestedBy: 'per',
    pace: quickPace,
    ...rest,
  };
}

/** What Digdir's staff do when they are asked for the admin client. */
export function register(cloud: Cloud, request: OnboardingRequest, kid?: string, issued?: IssuedCertificate): void {
  const { clientId, scopes } = request.client;
  const locked = kid && issued ? { lockedTo: { kid, certificate: issued.leaf } } : {};
  cloud.digdir.registerAdminClient({ clientId, organisation: request.organisation, scopes, ...locked });
}

type Handle = WorkflowHandle<(request: OnboardingRequest) => Promise<OnboardingResult>>;

export async function startOnboarding(world: TestWorld, request: OnboardingRequest): Promise<Handle> {
  const { workflowType, args, ...start } = onboardingStart(request);
  return world.client.workflow.start(workflowType, { ...start, args: [...args], taskQueue: world.prefix });
}

/** Asks for the status until it is as awaited: queries are answered at once, and leave no trace. */
export async function statusWhen(handle: Handle, isSo: (status: RunStatus) => boolean): Promise<RunStatus> {
  for (;;) {
    const status = await handle.query(statusQuery);
    if (isSo(status)) return status;
    if (status.phase === 'ended') throw new Error(`The run ended: ${JSON.stringify(await handle.result())}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function awaited<W extends Awaiting['what']>(
  handle: Handle,
  what: W,
): Promise<Extract<Awaiting, { what: W }>> {
  const status = await statusWhen(handle, ({ awaiting }) => awaiting?.what === what);
  return status.awaiting as Extract<Awaiting, { what: W }>;
}

/** The caller's part: reads the job's public key from KMS (here: from the cloud's own view) and wraps the key for it. */
export async function submitKey(world: TestWorld, handle: Handle, issued: IssuedCertificate): Promise<void> {
  const { importJob } = await awaited(handle, 'wrapped-key');
  await handle.executeUpdate(submitKeyUpdate, { args: [submissionFor(world, importJob, issued)] });
}

export function submissionFor(world: TestWorld, importJob: string, issued: IssuedCertificate) {
  const job = world.cloud.google.inspect().importJobs.find(({ name }) => sameResource(name, importJob));
  const pem = job?.publicKey ?? '';
  const pkcs8 = issued.privateKey.export({ type: 'pkcs8', format: 'der' });
  const wrappedKey = wrapKey(pkcs8, pem, 'RSA_OAEP_3072_SHA256_AES_256').toString('base64');
  return { importJob, wrappedKey, submittedBy: 'per' };
}

export async function decide(
  handle: Handle,
  decision: { readonly verdict?: 'approve' | 'reject'; readonly by?: Person; readonly kid?: string } = {},
): Promise<DecisionAnswer> {
  const { gate, digest } = await awaited(handle, 'decision');
  const { verdict = 'approve', by = 'kari', kid } = decision;
  return handle.executeUpdate(decideUpdate, {
    args: [{ gate, digest, verdict, by, reason: 'seen and checked', ...(kid ? { kid } : {}) }],
  });
}

/** From start to end, with everything as it should be. */
export async function onboard(
  world: TestWorld,
  request: OnboardingRequest,
  issued: IssuedCertificate,
): Promise<OnboardingResult> {
  const handle = await startOnboarding(world, request);
  await submitKey(world, handle, issued);
  await decide(handle);
  return handle.result();
}
