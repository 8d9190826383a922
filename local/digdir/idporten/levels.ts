/** Levels of assurance (`acr`), from the lowest, in each of the two families. */

const FAMILIES = [
  ['idporten-loa-low', 'idporten-loa-substantial', 'idporten-loa-high'],
  ['eidas-loa-low', 'eidas-loa-substantial', 'eidas-loa-high'],
];

/** Names of before 2023, which are still understood. */
const FORMER_NAMES: Readonly<Record<string, string>> = {
  Level3: 'idporten-loa-substantial',
  Level4: 'idporten-loa-high',
};

/** The levels in a request's `acr_values`; undefined when one of them does not exist. */
export function readLevels(acrValues: unknown): readonly string[] | undefined {
  const names = typeof acrValues === 'string' ? acrValues.split(' ').filter((name) => name !== '') : [];
  const levels = names.map((name) => FORMER_NAMES[name] ?? name);
  return levels.every((level) => FAMILIES.flat().includes(level)) ? levels : undefined;
}

/** What a login reaches when one of these is asked for: the first, and "substantial" when none is. */
export function reachedLevel(wanted: readonly string[]): string {
  return wanted[0] ?? 'idporten-loa-substantial';
}

/** Whether somebody who logged in at a level satisfies a request for any of the wanted ones. */
export function suffices(level: string, wanted: readonly string[]): boolean {
  const family = FAMILIES.find((one) => one.includes(level)) ?? [];
  const reached = family.indexOf(level);
  return wanted.length === 0 || wanted.some((one) => family.includes(one) && family.indexOf(one) <= reached);
}
