/** What the bench tells: counts and ratios, each with its unit. */

export type Figure = { readonly what: string; readonly value: number; readonly unit: string };

/** Two decimals are more than two runs have in common. */
export function figure(what: string, value: number, unit: string): Figure {
  return { what, value: Math.round(value * 100) / 100, unit };
}
