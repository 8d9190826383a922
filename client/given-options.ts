/** The options that were given and that the next command needs too, as a shell reads them. */

import { option } from './call.ts';
import type { Call } from './call.ts';
import { word } from './shell.ts';

const flags = { tenant: '-t', by: '--by', temporal: '--temporal', namespace: '--namespace' } as const;

/** Where Temporal is, as far as options say: every command needs that. */
export const connection = ['temporal', 'namespace'] as const;

/** What further commands need, each with a space before it. */
export type Further = { readonly tenant: string; readonly connection: string };

export const furtherOptions = (call: Call): Further => ({
  tenant: given(call, ['tenant']),
  connection: given(call, connection),
});

/** Those of the options that were given, each with a space before it. */
export const given = (call: Call, names: readonly (keyof typeof flags)[]): string =>
  names
    .map((name) => {
      const value = option(call, name);
      return value === undefined ? '' : ` ${flags[name]} ${word(value)}`;
    })
    .join('');
