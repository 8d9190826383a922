/** Looks at one side of the world after every call that may have changed it, and when all is done. */

import type { Call } from '../../local/calls.ts';
import { changesSomething } from './fault.ts';
import { judgeAll } from './scenario.ts';
import type { Broken, Invariant } from './scenario.ts';
import type { InUse } from './witness.ts';

export type SideWitness = {
  readonly see: (call: Call, inUse: InUse) => void;
  /** What was not so at some time, and what is not so now. */
  judge(inUse: InUse): readonly Broken[];
};

export type Sides<E> = {
  /** What must be so all the time. */
  readonly always: readonly Invariant<E>[];
  /** What must be so when all is done. */
  readonly afterwards: readonly Invariant<E>[];
  readonly evidence: (inUse: InUse) => E;
};

export function createSideWitness<E>({ always, afterwards, evidence }: Sides<E>): SideWitness {
  const breaches = new Map<string, Broken>();
  return {
    see(call, inUse) {
      if (!changesSomething(call)) return;
      const { index, method } = call;
      for (const { invariant, reason } of judgeAll(always, evidence(inUse))) {
        if (breaches.has(invariant)) continue;
        breaches.set(invariant, { invariant, reason: `${reason}, after call ${index}, ${method}` });
      }
    },
    judge: (inUse) => [
      ...breaches.values(),
      ...judgeAll([...always, ...afterwards], evidence(inUse)).filter(({ invariant }) => !breaches.has(invariant)),
    ],
  };
}
