/**
 * The scenarios of a rotation that changes how the client proves itself. Digdir takes one style at a time: a client whose
 * first key is registered, or whose last one is removed, gets no token by what is active until another document is. Another
 * client has no such gap.
 */

import { randomUUID } from 'node:crypto';
import { register } from '../onboarding.ts';
import { play } from './rotation-play.ts';
import { usual, usualWithKid } from './rotation-plots.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

export const styleScenarios: readonly Scenario[] = [
  {
    name: 'rotation-to-kid',
    begins: 'maskinporten',
    alone: true,
    async prepare(stage) {
      const plot = await usual(stage);
      const client = { ...plot.request.client, clientId: randomUUID(), assertion: 'kid' } as const;
      const request = { ...plot.request, client };
      register(stage.cloud, request);
      return play({ ...plot, request, people: { kid: 'second' } });
    },
  },
  {
    name: 'rotation-to-x5c',
    async prepare(stage) {
      const plot = await usualWithKid(stage);
      const client = { ...plot.request.client, clientId: randomUUID(), assertion: 'x5c' } as const;
      const request = { ...plot.request, client };
      register(stage.cloud, request);
      return play({ ...plot, request, people: {} });
    },
  },
  {
    /** The gap begins when people register the first key. */
    name: 'rotation-to-kid-in-place',
    begins: 'maskinporten',
    alone: true,
    async prepare(stage) {
      const plot = await usual(stage);
      const client = { ...plot.request.client, assertion: 'kid' } as const;
      const gap = () => registeredKeys(stage, client.clientId) > 0;
      return play({ ...plot, request: { ...plot.request, client }, people: { kid: 'second' }, gap });
    },
  },
  {
    /** The gap begins when people have the last key removed. */
    name: 'rotation-to-x5c-in-place',
    async prepare(stage) {
      const plot = await usualWithKid(stage);
      const client = { ...plot.request.client, assertion: 'x5c' } as const;
      const request = { ...plot.request, client };
      const gap = () => registeredKeys(stage, client.clientId) === 0;
      return play({ ...plot, request, people: { asksDigdir: () => register(stage.cloud, request) }, gap });
    },
  },
];

function registeredKeys({ cloud }: Stage, clientId: string): number {
  const found = cloud.digdir.inspect().clients.find(({ client }) => client.client_id === clientId);
  return found?.keys.length ?? 0;
}
