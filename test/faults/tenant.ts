/** A tenant whose admin client of a kind is onboarded: where runs begin that provision clients of applications. */

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientKind } from '../../domain/tenant.ts';
import { register, requestFor } from '../onboarding.ts';
import { adminScopes } from '../provisioning.ts';
import { driveOnboarding } from './drive.ts';
import type { Lane } from './lane.ts';
import { faultPace } from './pace.ts';
import { openStage } from './stage.ts';
import type { Beginning, Place, Props } from './stage.ts';

/** Onboards the admin client by the product itself, once for a series of runs: each begins with a copy of what that left. */
export async function onboardTenant(
  props: Props,
  place: Place,
  lane: Lane,
  tenant: string,
  kind: ClientKind,
): Promise<Beginning> {
  const stage = await openStage(props, place, tenant, props.bare);
  try {
    await lane.host(stage.job(stage.prefix));
    const client = { scopes: adminScopes[kind] };
    const request = requestFor(stage, stage.issued, { kind, client, pace: faultPace });
    register(stage.cloud, request);
    const { outcome, reason } = await driveOnboarding(stage, request, 'approve');
    if (outcome !== 'onboarded') throw new Error(`The admin client is ${outcome}: ${reason}`);
    const folder = join(props.folder, tenant);
    await cp(stage.cloud.folder, folder, { recursive: true });
    return { folder, tenant };
  } finally {
    await lane.endRun();
    await stage.close();
  }
}
