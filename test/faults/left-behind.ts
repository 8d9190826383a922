/** What digdirator left of an application, and of others beside it, for a scenario to take over. */

import { randomUUID } from 'node:crypto';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import { openDigdiratorWorld, works } from '../digdirator-world.ts';
import type { DigdiratorWorld, LeftClient } from '../digdirator-world.ts';
import { organisation } from '../onboarding.ts';
import { newKey } from '../services/self-service-caller.ts';
import type { Broken } from './scenario.ts';
import { consumed } from './scope-props.ts';
import type { Stage } from './stage.ts';

export type LeftBehind = {
  readonly digdirator: DigdiratorWorld;
  readonly clientId: string;
  /** The client with each of the two keys that applications sign with. */
  readonly signing: readonly LeftClient[];
};

/** A client with two keys, as in the midst of digdirator's rotation, and the client of the same application in another cluster. */
export async function leaveBehind({ cloud: { digdir }, issued }: Stage, client: OAuthClientName): Promise<LeftBehind> {
  const authority = { issue: async () => issued };
  const digdirator = await openDigdiratorWorld({ digdir, authority }, organisation, 'etat');
  const make = (cluster: string): Promise<LeftClient> =>
    client.kind === 'idporten'
      ? digdirator.idportenClient({ ...client, cluster })
      : digdirator.maskinportenClient({ ...client, cluster }, [consumed]);
  await make('prod');
  const found = await make(client.cluster);
  const signing = [found, { ...found, key: newKey(randomUUID()) }];
  const { status, body } = await digdirator.call('POST', `/clients/${found.id}/jwks`, {
    keys: signing.map(({ key }) => key.jwk),
  });
  if (status !== 201) throw new Error(`The second key is refused: ${JSON.stringify(body)}`);
  return { digdirator, clientId: found.id, signing };
}

export const keysTried = {
  before: "digdirator's keys are taken until ours is acknowledged",
  afterwards: "digdirator's keys are refused once ours is acknowledged",
};

/** By the requests that applications make. */
export async function judgeKeys({ cloud }: Stage, { signing }: LeftBehind, expected: boolean): Promise<Broken[]> {
  const broken: Broken[] = [];
  for (const client of signing) {
    if ((await works(cloud, client)) === expected) continue;
    broken.push({
      invariant: expected ? keysTried.before : keysTried.afterwards,
      reason: `${client.key.jwk.kid} is ${expected ? 'refused' : 'taken'}`,
    });
  }
  return broken;
}
