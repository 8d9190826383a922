/** What the tenant file says about rotating certificates. */

import { z } from 'zod';
import { defaultRotation } from '../domain/rotation.ts';
import type { RotationSettings } from '../domain/rotation.ts';
import { rule } from './fields.ts';

/** The schema; `duration` reads a time as seconds. How short `drain` may be depends on the environment. */
export function rotationSchema(duration: z.ZodType<number>): z.ZodType<RotationSettings> {
  return z
    .strictObject({
      soak: duration.default(defaultRotation.soak),
      drain: duration.default(defaultRotation.drain),
      retire: z.enum(['disable', 'destroy']).default(defaultRotation.retire),
    })
    .refine(
      ...rule('soak', 'has to be as long as `drain`, the time that readers need, or longer', ({ soak, drain }) => {
        return typeof soak !== 'number' || typeof drain !== 'number' || soak >= drain;
      }),
    );
}
