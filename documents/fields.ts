/** What the schemas of our documents have in common: texts of a form, and rules over several fields. */

import { z } from 'zod';

/** A text of the given form; `fault` follows the field's name in the message. */
export const text = (form: RegExp, fault: string): z.ZodString => z.string().regex(form, fault);

type Block = Readonly<Record<string, unknown>>;

/**
 * The arguments of `refine` for a rule over several fields of a block, reported at `field` (of the block itself: '').
 * It is asked even when other fields of the block are wrong, so that all faults come at once: it must bear any values.
 */
export function rule(
  field: string,
  fault: string,
  holds: (block: Block) => boolean,
): [(block: Block) => boolean, { path: string[]; error: string; when: (payload: { value: unknown }) => boolean }] {
  return [holds, { path: field === '' ? [] : [field], error: fault, when: ({ value }) => isBlock(value) }];
}

const isBlock = (value: unknown): value is Block =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Same = (one: string, other: string) => boolean;

/** Whether no two texts of a list are the same. */
export function distinct(list: unknown, same: Same = (one, other) => one === other): boolean {
  const texts = Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
  return texts.every((one, index) => !texts.slice(0, index).some((other) => same(one, other)));
}
