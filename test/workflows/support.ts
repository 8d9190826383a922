/** What the tests of workflows share: tenants of their own in one world, what was written, and how a run failed. */

import { randomUUID } from 'node:crypto';
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import type { Finding } from '../../domain/failures.ts';
import { previewStart } from '../../domain/onboarding.ts';
import type { OnboardingRequest, Pace, Preview } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import type { Call } from '../../local/calls.ts';
import { asCaller } from '../../local/grpc/as-caller.ts';
import type { Awaiting } from '../../workflows/messages.ts';
import { awaited, decide, onboard, quickPace, register, requestFor, statusWhen, submitKey } from '../onboarding.ts';
import type { startOnboarding } from '../onboarding.ts';
import type { TestWorld } from '../world.ts';

export type Handle = Awaited<ReturnType<typeof startOnboarding>>;

/** The request of a tenant that nobody else in the world has, with a key ring of its own. */
export function newRequest(
  world: TestWorld,
  issued: IssuedCertificate,
  options: Parameters<typeof requestFor>[2] = {},
): OnboardingRequest {
  const tenant = `t${randomUUID().slice(0, 8)}`;
  const { google } = requestFor(world, issued);
  return requestFor(world, issued, { tenant, google: { ...google, keyRing: tenant }, ...options });
}

/** Such a tenant, whose client is in use with the certificate; `kid`: how Digdir knows it, where that is the way. */
export async function newOnboarded(
  world: TestWorld,
  issued: IssuedCertificate,
  options?: Parameters<typeof requestFor>[2],
  kid?: string,
): Promise<OnboardingRequest> {
  const request = newRequest(world, issued, options);
  register(world.cloud, request, kid, issued);
  await onboard(world, request, issued);
  return request;
}

const writing = /^(Create|Update|Import|Destroy|Restore|Add|Enable|Disable|SetIamPolicy|Delete)/;

/** The calls so far that changed something at Google, or tried to. */
export function writes(world: TestWorld): Call[] {
  const google = ['kms', 'secret-manager', 'resource-manager'];
  return world.cloud.calls.list().filter(({ system, method }) => google.includes(system) && writing.test(method));
}

/** Google's official clients in the name of the project's owner: a person who works by hand. */
export function ownerOf(world: TestWorld) {
  const { google } = world.cloud;
  google.bind('user:owner@example.no', 'roles/owner');
  const options = asCaller(google, 'owner@example.no');
  const kms = new KeyManagementServiceClient(options);
  const secrets = new SecretManagerServiceClient(options);
  return { kms, secrets, close: () => Promise.all([kms.close(), secrets.close()]) };
}

export type Failed = { readonly code: string; readonly message: string; readonly findings: readonly Finding[] };

/** How the run failed: the code, what it says, and all findings. Throws when it did not fail. */
export async function failed(handle: { result(): Promise<unknown> }): Promise<Failed> {
  const error: unknown = await handle.result().then(
    (result) => new Error(`It did not fail: ${JSON.stringify(result)}`),
    (failure: unknown) => failure,
  );
  if (!(error instanceof WorkflowFailedError)) throw error;
  const cause = error.cause instanceof ActivityFailure ? error.cause.cause : error.cause;
  if (!(cause instanceof ApplicationFailure)) throw error;
  const [detail] = (cause.details ?? []) as { findings?: Finding[] }[];
  return { code: cause.type ?? '', message: cause.message, findings: detail?.findings ?? [] };
}

/** Waits until a decision is awaited about another plan than the one with this digest. */
export async function nextGate(handle: Handle, digest?: string): Promise<Extract<Awaiting, { what: 'decision' }>> {
  const { awaiting } = await statusWhen(handle, (status) => {
    return status.awaiting?.what === 'decision' && status.awaiting.digest !== digest;
  });
  return awaiting as Extract<Awaiting, { what: 'decision' }>;
}

/** Hands the certificate in, and has it revoked once its proof has been approved: Digdir refuses it at activation. */
export async function revokedAtActivation(world: TestWorld, handle: Handle, issued: IssuedCertificate): Promise<void> {
  await submitKey(world, handle, issued);
  const { digest } = await awaited(handle, 'decision');
  await decide(handle);
  const { gate } = await nextGate(handle, digest);
  if (gate !== 'activation') throw new Error(`A decision is awaited at ${gate}`);
  world.cloud.authority.revoke(issued.leaf);
  await decide(handle);
}

export async function startPreview(world: TestWorld, request: OnboardingRequest) {
  const { workflowType, args, ...start } = previewStart(request, randomUUID());
  return world.client.workflow.start<(input: OnboardingRequest) => Promise<Preview>>(workflowType, {
    ...start,
    args: [...args],
    taskQueue: world.prefix,
  });
}

/** As quick as the others, with this many seconds for what may be propagation. */
export const quick = (propagation: number): Pace => ({ ...quickPace, propagation });
