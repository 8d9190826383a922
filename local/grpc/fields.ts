/** Small readers and writers of protobuf fields that several services share. */
import { invalidArgument, unimplemented } from './rpc-error.ts';

/** What an official client may pass as bytes; on the wire it always decodes to a Buffer. */
type Bytes = Uint8Array | string | null | undefined;

/** A `google.protobuf.Timestamp` from milliseconds since the epoch; absent stays absent. */
export function timestamp(at: number): { seconds: number; nanos: number };
export function timestamp(at: number | undefined): { seconds: number; nanos: number } | undefined;
export function timestamp(at: number | undefined): { seconds: number; nanos: number } | undefined {
  if (at === undefined) return undefined;
  return { seconds: Math.floor(at / 1000), nanos: (at % 1000) * 1_000_000 };
}

export function bytes(value: Bytes): Buffer | undefined {
  if (value === null || value === undefined || value.length === 0) return undefined;
  return Buffer.from(value as Uint8Array);
}

/** Labels of Google Cloud resources: at most 64, lower-case keys that begin with a letter, values of up to 63 characters. */
export function labels(value: Record<string, string> | null | undefined): Record<string, string> {
  const entries = Object.entries(value ?? {});
  if (entries.length > 64) throw invalidArgument('A resource can have at most 64 labels.');
  for (const [key, text] of entries) {
    if (!/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key))
      throw invalidArgument(`Label key '${key}' is invalid.`);
    if (!/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(text)) throw invalidArgument(`Label value '${text}' is invalid.`);
  }
  return Object.fromEntries(entries);
}

/** The paths of an update mask, all of them among `known`; snake_case, as protobuf's binary form has them. */
export function maskPaths(mask: { paths?: string[] | null } | null | undefined, known: readonly string[]): string[] {
  const paths = mask?.paths ?? [];
  if (paths.length === 0) throw invalidArgument('The update_mask is required.');
  const strange = paths.find((path) => !known.includes(path));
  if (strange !== undefined) throw invalidArgument(`The update_mask has the invalid path '${strange}'.`);
  return paths;
}

/** Refuses what the local service does not emulate, rather than ignoring it. */
export function refuseFields(message: object, fields: readonly string[]): void {
  const present = (value: unknown): boolean =>
    value !== undefined && value !== null && value !== '' && value !== false && !isEmpty(value);
  const used = fields.find((field) => present(Reflect.get(message, field)));
  if (used !== undefined) throw unimplemented(`The local service does not support the field ${used}.`);
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Buffer.isBuffer(value) && Object.keys(value).length === 0;
}
