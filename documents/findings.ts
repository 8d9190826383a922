/** From what zod has to say about a value to findings that a person can act on: all of them, each with its place. */

import { z } from 'zod';
import { isFailureCode, type FailureCode, type Finding } from '../domain/failures.ts';
import { didYouMean } from './spelling.ts';

export type Path = readonly PropertyKey[];

/** Says where a part of a document is: the key itself, or what it stands for; of the nearest parent when it is missing. */
export type Locate = (path: Path, part: 'key' | 'value') => string;

/** Places in a value that came as JSON: the path, as in `input.clients.maskinporten`. */
export const locateByPath =
  (root: string): Locate =>
  (path) =>
    [root, ...path.map(String)].join('.');

/** Makes a finding about a field: the phrase follows its name. */
export type Say = (code: FailureCode, path: Path, phrase: string, part?: 'key' | 'value') => Finding;

export const sayer =
  (locate: Locate): Say =>
  (code, path, phrase, part = 'value') => ({
    code,
    where: locate(path, part),
    message: `${fieldName(path)} ${phrase}.`,
  });

/** Orders findings as they stand in a file. */
export const byPlace = (one: Finding, other: Finding): number =>
  one.where.localeCompare(other.where, 'en', { numeric: true });

/**
 * Checks a value against a schema: the value as the schema gives it, or every finding.
 *
 * Messages of a schema's own rules are phrases that follow the field's name ("has to be ascending"); a rule may name a
 * failure code as `params: { code }`, `FIELD_INVALID` holds otherwise.
 */
export function check<T>(schema: z.ZodType<T>, input: unknown, locate: Locate): { value?: T; findings: Finding[] } {
  const result = schema.safeParse(input);
  if (result.success) return { value: result.data, findings: [] };
  return { findings: result.error.issues.flatMap((issue) => findingsOf(issue, schema, input, locate)) };
}

function findingsOf(issue: z.core.$ZodIssue, schema: z.core.$ZodType, input: unknown, locate: Locate): Finding[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const known = fieldsAt(schema, path);
    return issue.keys.map((key) => unknownField([...path, key], key, known, locate));
  }
  const value = valueAt(input, path);
  if (value === undefined && issue.code !== 'custom') {
    const message = `${fieldName(path)} is missing.`;
    return [{ code: 'FIELD_MISSING', where: locate(path, 'value'), message }];
  }
  return [
    { code: codeOf(issue), where: locate(path, 'value'), message: `${fieldName(path)} ${phrase(issue, value)}.` },
  ];
}

function unknownField(path: Path, key: string, known: readonly string[], locate: Locate): Finding {
  const meant = didYouMean(key, known);
  const hint = meant ? `Did you mean \`${meant}\`?` : `Known here: ${known.join(', ')}.`;
  return { code: 'FIELD_UNKNOWN', where: locate(path, 'key'), message: `${quote(key)} is not a known field. ${hint}` };
}

function codeOf(issue: z.core.$ZodIssue): FailureCode {
  const code: unknown = issue.code === 'custom' ? issue.params?.['code'] : undefined;
  return isFailureCode(code) ? code : 'FIELD_INVALID';
}

function phrase(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'invalid_type') {
    const unquoted = typeof value === 'number' || typeof value === 'boolean';
    const advice = issue.expected === 'string' && unquoted ? ': write it in quotes' : '';
    return `has to be ${typeNames[issue.expected] ?? issue.expected}, not ${typeNames[typeOf(value)]}${advice}`;
  }
  if (issue.code === 'invalid_value') {
    return `may be ${issue.values.map(String).join(' or ')}, not ${quote(value)}`;
  }
  return issue.message;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a block of fields',
  null: 'empty',
};

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** A field in a message, by its path. */
export const fieldName = (path: Path): string =>
  path.length === 0 ? 'The document' : `\`${path.map(String).join('.')}\``;

/** A value for a message, if it is short: what is long may be anything, a key file given by mistake too. */
function quote(value: unknown): string {
  // An anchor of YAML may stand within itself, which JSON cannot say.
  if (typeof value === 'object') return typeNames[typeOf(value)] ?? 'this';
  const text = JSON.stringify(value);
  return text.length > 42 ? `this (${text.length} characters)` : text;
}

/** What stands at a path, if anything. */
export function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );
}

/** The names of the fields that the schema knows at a path. */
function fieldsAt(schema: z.core.$ZodType, path: Path): readonly string[] {
  const inner = unwrapped(schema);
  const [key, ...rest] = path;
  if (key === undefined) return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
  if (inner instanceof z.ZodArray) return fieldsAt(inner.element, rest);
  const field: unknown = inner instanceof z.ZodObject ? Reflect.get(inner.shape, key) : undefined;
  return field instanceof z.ZodType ? fieldsAt(field, rest) : [];
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return unwrapped(schema.unwrap());
  return schema instanceof z.ZodPipe ? unwrapped(schema.in) : schema;
}
