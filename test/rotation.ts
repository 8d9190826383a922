/** Rotation as tests drive it. */

import type { WorkflowHandle } from '@temporalio/client';
import { lastPart } from '../domain/names.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import { rotationStart } from '../domain/rotation.ts';
import type { RotationRequest, RotationResult, RotationSettings } from '../domain/rotation.ts';
import type { IssuedCertificate } from '../local/authority/authority.ts';
import { rollBackUpdate } from '../workflows/messages.ts';
import type { WithdrawalAnswer } from '../workflows/messages.ts';
import { decide, submitKey } from './onboarding.ts';
import type { TestWorld } from './world.ts';

/** Over as soon as begun, unless a test says otherwise. */
export const quickRotation: RotationSettings = { soak: 1, drain: 1, retire: 'disable' };

export const rotationOf = (
  request: OnboardingRequest,
  issued: IssuedCertificate,
  rotation: Partial<RotationSettings> = {},
): RotationRequest => ({
  ...request,
  chain: issued.chain.join(''),
  rotation: { ...quickRotation, ...rotation },
});

type Handle = WorkflowHandle<(request: RotationRequest) => Promise<RotationResult>>;

export async function startRotation(world: TestWorld, request: RotationRequest): Promise<Handle> {
  const { workflowType, args, ...start } = rotationStart(request);
  return world.client.workflow.start(workflowType, { ...start, args: [...args], taskQueue: world.prefix });
}

/** From start to end, with everything as it should be. */
export async function rotate(world: TestWorld, request: OnboardingRequest, issued: IssuedCertificate): Promise<void> {
  const handle = await startRotation(world, rotationOf(request, issued));
  await submitKey(world, handle, issued);
  await decide(handle);
  const { outcome, reason } = await handle.result();
  if (outcome !== 'rotated') throw new Error(`The rotation is ${outcome}: ${reason}`);
}

export const rollBack = async (handle: WorkflowHandle, by = 'ola'): Promise<WithdrawalAnswer> =>
  await handle.executeUpdate(rollBackUpdate, { args: [{ by, reason: 'logins fail' }] });

/** State of each key version of the tenant, by the last parts of its name. */
export function keyStates({ cloud }: TestWorld, { tenant }: OnboardingRequest): Record<string, string> {
  const { cryptoKeys } = cloud.google.inspect();
  const own = cryptoKeys.filter(({ name }) => name.includes(`/keyRings/${tenant}/`));
  return Object.fromEntries(
    own.flatMap((key) => key.versions.map(({ name, state }) => [`${lastPart(key.name)}/${lastPart(name)}`, state])),
  );
}
