/** What the worker finds, as whoever typed the command knows it: by the name of the file, and not what they were told. */

import type { Finding } from '../domain/failures.ts';
import type { Order } from './orders.ts';

/** Where the worker places what it finds in the chain that it was given. */
const chainPlace = 'input.chain';

/** The findings with the name of the file that the chain was read from. */
export const placed = (findings: readonly Finding[], { chainFile }: Order): Finding[] =>
  findings.map((finding) =>
    chainFile !== undefined && finding.where === chainPlace ? { ...finding, where: chainFile } : finding,
  );

/** The same without those that were told: both read the chain by the same rules. */
export const untold = (findings: readonly Finding[], order: Order, told: readonly Finding[]): Finding[] =>
  placed(findings, order).filter(
    ({ code, where }) => !told.some((known) => known.code === code && known.where === where),
  );
