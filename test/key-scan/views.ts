/**
 * Other ways to read bytes: as hex, base64 or decimal numbers, wherever a stretch of them is long enough to hide a part
 * of a key. What is decoded can be read so again: base64 of PEM is base64 twice.
 */

export type View = {
  readonly form: 'hex' | 'base64' | 'decimal' | 'indexed decimal';
  /** Where the stretch begins. */
  readonly offset: number;
  readonly bytes: Buffer;
};

/** The shortest part of a key that is looked for, in bytes. */
const SHORTEST = 24;

/** All that `bytes` can be read as. A stretch may begin in the middle of a group: every alignment is a view of its own. */
export function* viewsOf(bytes: Buffer): Generator<View> {
  for (const { start, end } of stretches(bytes, hexDigits, SHORTEST * 2)) {
    for (const shift of [0, 1]) yield decoded('hex', bytes, start + shift, end);
  }
  // Node reads base64 and base64url alike.
  for (const { start, end } of stretches(bytes, base64Digits, (SHORTEST / 3) * 4)) {
    for (const shift of [0, 1, 2, 3]) yield decoded('base64', bytes, start + shift, end);
  }
  for (const { start, end } of stretches(bytes, decimalLists, SHORTEST * 2)) {
    yield* numbers(bytes.toString('latin1', start, end), start);
  }
}

function decoded(form: 'hex' | 'base64', bytes: Buffer, start: number, end: number): View {
  return { form, offset: start, bytes: Buffer.from(bytes.toString('latin1', start, end), form) };
}

/** `48,130,…` as a nested Buffer becomes in JSON, and `"0":48,"1":130,…` as a Uint8Array does; also escaped once more. */
function* numbers(text: string, offset: number): Generator<View> {
  const indexed = text.includes(':');
  let values: number[] = [];
  const view = (): View[] => {
    const form = indexed ? 'indexed decimal' : 'decimal';
    return values.length < SHORTEST ? [] : [{ form, offset, bytes: Buffer.from(values) }];
  };
  for (const [, colon, digits] of text.matchAll(/(:?)\s*([0-9]+)/g)) {
    if (indexed && !colon) continue;
    const value = Number(digits);
    if (value <= 255) values.push(value);
    else {
      yield* view();
      values = [];
    }
  }
  yield* view();
}

type Alphabet = Uint8Array;

const alphabet = (characters: string): Alphabet => {
  const members = new Uint8Array(256);
  for (const character of Buffer.from(characters, 'latin1')) members[character] = 1;
  return members;
};

const digits = '0123456789';
const hexDigits = alphabet(`${digits}abcdefABCDEF`);
const base64Digits = alphabet(`${digits}abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/-_`);
const decimalLists = alphabet(`${digits},:"\\ \t\r\n`);

/** The stretches of at least `shortest` characters of an alphabet. */
function* stretches(bytes: Buffer, members: Alphabet, shortest: number): Generator<{ start: number; end: number }> {
  const belongs = (at: number): boolean => members[bytes[at] ?? 0] === 1;
  let start = 0;
  while (start + shortest <= bytes.length) {
    // Backwards from where the stretch has to reach at least: what breaks it is met early, and all before it skipped.
    let at = start + shortest - 1;
    while (at >= start && belongs(at)) at--;
    if (at < start) {
      let end = start + shortest;
      while (end < bytes.length && belongs(end)) end++;
      yield { start, end };
      at = end;
    }
    start = at + 1;
  }
}
