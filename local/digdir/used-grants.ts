/** The grants that were used and have not yet expired, in a file that is only appended to until the next start. */

import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './collection.ts';

export type UsedGrants = {
  /** Marks the grant as used; false when it was before. `exp` in Unix seconds. */
  use(grant: string, exp: number): boolean;
  count(): number;
};

/** A grant is looked up here only while it is valid, two minutes at most: expired ones are dropped at the next start. */
export function openUsedGrants(folder: string, now: Date): UsedGrants {
  const file = join(folder, 'used-grants.log');
  const used = new Map(readUsed(file).filter(([, exp]) => exp * 1000 > now.getTime()));
  replaceFile(file, [...used].map(line).join(''));

  return {
    use(grant, exp) {
      if (used.has(grant)) return false;
      used.set(grant, exp);
      appendFileSync(file, line([grant, exp]));
      return true;
    },
    count: () => used.size,
  };
}

function line([grant, exp]: readonly [string, number]): string {
  return `${JSON.stringify([grant, exp])}\n`;
}

/** A line that a killed process left half written is of a request that was never answered: it does not count. */
function readUsed(file: string): [string, number][] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((text) => text.endsWith(']')).map((text) => JSON.parse(text) as [string, number]);
}
