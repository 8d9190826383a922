/** Values of fields in requests to Digdir's self-service API and in its answers, as they are compared and shown. */

export type FieldValue = string | number | boolean | null | readonly string[];

/** A value of an answer, of which nothing is taken for granted; `null` when the field is not there. */
export function fieldValue(value: unknown): FieldValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(String);
  return value === undefined || value === null ? null : JSON.stringify(value);
}

/** Lists have no order, and Digdir gives an absent list or text as null, as empty, or not at all. */
export function sameValue(one: FieldValue, other: FieldValue): boolean {
  return JSON.stringify(comparable(one)) === JSON.stringify(comparable(other));
}

function comparable(value: FieldValue): FieldValue {
  if (typeof value !== 'object' || value === null) return value === '' ? null : value;
  return value.length === 0 ? null : [...new Set(value)].sort();
}
