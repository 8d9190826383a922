/** The scenarios of the watch: a certificate and a key are at their renewal time, and so is the first step of what else there is. */

import type { Scenario } from './scenario.ts';
import { play } from './watch-play.ts';
import type { Course } from './watch-play.ts';

export const watchScenarios: readonly Scenario[] = [
  watched('watch', 'after another'),
  /** In the first pass nobody hears anything. */
  watched('watch-unheard', 'unheard'),
  /** A person has one go while the schedule's is under way. */
  watched('watch-abreast', 'abreast'),
];

function watched(name: string, course: Course): Scenario {
  return { name, begins: 'idporten', alone: true, prepare: (stage) => play(stage, course) };
}
