/** JSON bodies: read as an object, with the findings of all its fields collected before any is refused. */

import type { Request } from '../http.ts';
import { type ApiFinding, type ApiObject, ApiRefusal } from './errors.ts';

export type Body = Readonly<Record<string, unknown>>;

/** Of clients, and of those that a scope is for. */
export const INTEGRATION_TYPES = [
  'ansattporten',
  'api_klient',
  'eformidling',
  'idporten',
  'idporten_saml2',
  'krr',
  'maskinporten',
] as const;

/** The body as an object, without the members that are `null`: they count as left out. */
export function readBody({ body }: Request): Body {
  try {
    return readObject(JSON.parse(body));
  } catch (error) {
    if (error instanceof ApiRefusal) throw error;
    throw new ApiRefusal(400, 'Body is not JSON');
  }
}

export function readObject(value: unknown): Body {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiRefusal(400, 'Body is not an object');
  }
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

/** Reads fields of a body; what is wrong with them is found rather than thrown. */
export type Fields = {
  readonly findings: readonly ApiFinding[];
  find(field: string, message: string): void;
  /** Finds every field that is none of these. */
  knows(known: readonly string[]): void;
  text(field: string, longest: number): string | undefined;
  texts(field: string): readonly string[] | undefined;
  flag(field: string): boolean | undefined;
  /** Seconds; a positive whole number. */
  lifetime(field: string): number | undefined;
  /** Seconds; 0 or more. */
  limit(field: string): number | undefined;
  choice<Value extends string>(field: string, values: readonly Value[]): Value | undefined;
  choices<Value extends string>(field: string, values: readonly Value[]): readonly Value[] | undefined;
};

export function fieldsOf(body: Body): Fields {
  const findings: ApiFinding[] = [];
  const find = (field: string, message: string): undefined => {
    findings.push({ field, message: `${field} ${message}` });
  };
  const read = <Value>(field: string, valid: (value: unknown) => value is Value, otherwise: string) => {
    const value = body[field];
    if (value === undefined || valid(value)) return value;
    return find(field, otherwise);
  };

  return {
    findings,
    find,
    knows(known) {
      for (const field of Object.keys(body)) if (!known.includes(field)) find(field, 'is unknown');
    },
    text(field, longest) {
      const value = read(field, isText, 'must be a string');
      return value !== undefined && value.length > longest ? find(field, `is longer than ${longest}`) : value;
    },
    texts: (field) => read(field, isTextList, 'must be an array of strings'),
    flag: (field) => read(field, isFlag, 'must be true or false'),
    lifetime: (field) => read(field, isLifetime, 'must be a whole number greater than 0'),
    limit: (field) => read(field, isLimit, 'must be a whole number, 0 or greater'),
    choice: <Value extends string>(field: string, values: readonly Value[]) =>
      read(field, isOneOf(values), `must be one of ${values.join(', ')}`),
    choices: <Value extends string>(field: string, values: readonly Value[]) => {
      const valid = isOneOf(values);
      const all = (value: unknown): value is readonly Value[] => Array.isArray(value) && value.every(valid);
      return read(field, all, `must be an array of ${values.join(', ')}`);
    },
  };
}

/** Throws 400 with all findings, if there are any. */
export function refuseFindings(findings: readonly ApiFinding[], object?: ApiObject): void {
  if (findings.length > 0) throw new ApiRefusal(400, findings, object);
}

function isOneOf<Value extends string>(values: readonly Value[]): (value: unknown) => value is Value {
  return (value): value is Value => values.some((one) => one === value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isLifetime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function isLimit(value: unknown): value is number {
  return value === 0 || isLifetime(value);
}
