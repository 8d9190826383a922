/** One call of a command: its arguments and options, and where it speaks. */

import { Refusal } from '../domain/refusal.ts';
import type { Output } from './output.ts';

export type Call = {
  readonly arguments: readonly string[];
  /** As commander gives them: `--key-file` is `keyFile`, `--no-wait` makes `wait` false. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly environment: NodeJS.ProcessEnv;
  readonly output: Output;
};

/** The text of an option, or `undefined` when it was not given. */
export function option(call: Call, name: string): string | undefined {
  const value = call.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The text of an option that the table of commands requires. */
export function requiredOption(call: Call, name: string): string {
  const value = option(call, name);
  if (value === undefined) throw new Refusal('USAGE', `the option ${name} is missing`);
  return value;
}

/** The same, where a text without a word says nothing. */
export function requiredWords(call: Call, name: string): string {
  const value = requiredOption(call, name);
  if (value.trim() === '') throw new Refusal('USAGE', `--${name} has to say something`);
  return value;
}

/** The texts of an option that may be given several times. */
export function texts(call: Call, name: string): readonly string[] {
  const value = call.options[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** The whole number, from 1, that an option gives. Throws USAGE when it gives something else. */
export function numberOption(call: Call, name: string): number | undefined {
  const value = option(call, name);
  if (value === undefined || /^[1-9][0-9]{0,8}$/.test(value)) return value === undefined ? undefined : Number(value);
  throw new Refusal('USAGE', `--${name} is a whole number from 1, not ${JSON.stringify(value)}`);
}

/** Whether a flag is set. A flag that is written `--no-…` is set unless it was given. */
export const flag = (call: Call, name: string): boolean => call.options[name] === true;
