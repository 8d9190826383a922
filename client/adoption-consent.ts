/** Which clients a person wants taken over. */

import type { Call } from './call.ts';
import { flag } from './call.ts';
import { answerTo } from './person.ts';

/** All with `--yes`, none where nobody can be asked; else those that the person says yes to, one by one or all at once. */
export async function consented<T>(call: Call, things: readonly T[], question: (thing: T) => string): Promise<T[]> {
  if (flag(call, 'yes')) return [...things];
  if (!call.output.interactive) return [];
  return await asked(things, async (thing) => await answerTo(`${question(thing)} [y/n/all] `));
}

/** Asks until everything is answered for: nothing but a clear yes counts, and who leaves the prompt says no to the rest. */
export async function asked<T>(things: readonly T[], ask: (thing: T) => Promise<string | undefined>): Promise<T[]> {
  const wanted: T[] = [];
  for (const [index, thing] of things.entries()) {
    const answer = (await ask(thing))?.trim().toLowerCase();
    if (answer === undefined) return wanted;
    if (answer === 'all') return [...wanted, ...things.slice(index)];
    if (answer === 'y' || answer === 'yes') wanted.push(thing);
  }
  return wanted;
}
