/** YAML text as a plain value that knows where each of its parts stands (YAML 1.2.2, core schema). */

import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  parseDocument,
  type Document,
  type YAMLError,
} from 'yaml';
import type { FailureCode, Finding } from '../domain/failures.ts';
import type { Locate } from './findings.ts';

const maximumBytes = 256 * 1024;
const maximumErrors = 10;
/** Far above what a file of ours needs, far below what exhausts memory. */
const maximumAliases = 100;

export type YamlSource = {
  /** `undefined` when the text could not be read. */
  readonly value?: unknown;
  /** Gives `file:line:column`, both counted from 1. */
  readonly locate: Locate;
  readonly findings: readonly Finding[];
  /** What stands at the ends of its blocks, in the order of the text; a key that is there twice gives two. */
  readonly leaves: () => YamlLeaf[];
};

export type YamlLeaf = {
  readonly path: readonly string[];
  /** The scalar; `undefined` for anything else, a list for instance. */
  readonly value: unknown;
  /** Places of the key and of the value. */
  readonly keyAt: string;
  readonly valueAt: string;
};

/**
 * Reads one YAML document, and never throws: a file that is too large, not YAML, or made to exhaust memory is a finding
 * (`FILE_TOO_LARGE`, `YAML_INVALID`). With keys given twice as the only fault the value is there as well, so that what
 * else is wrong with it can be said at once; `duplicateKeys` lets them pass.
 */
export function readYaml(text: string, file: string, options: { readonly duplicateKeys?: boolean } = {}): YamlSource {
  const tooLarge = sizeFault(text, file);
  if (tooLarge) return tooLarge;
  const lines = new LineCounter();
  const uniqueKeys = options.duplicateKeys !== true;
  return sourceOf(parseDocument(text, { ...parsing, lineCounter: lines, uniqueKeys }), file, lines);
}

/** Reads all documents of a file, each as `readYaml` does; none where nothing but comments stands. */
export function readYamlDocuments(text: string, file: string): YamlSource[] {
  const tooLarge = sizeFault(text, file);
  if (tooLarge) return [tooLarge];
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { ...parsing, lineCounter: lines });
  return Array.isArray(documents) ? documents.map((document) => sourceOf(document, file, lines)) : [];
}

const parsing = { prettyErrors: false, logLevel: 'silent' } as const;

function sizeFault(text: string, file: string): YamlSource | undefined {
  const size = Buffer.byteLength(text);
  if (size <= maximumBytes) return undefined;
  const message = `The file has ${size} bytes; ${maximumBytes} are the most that is read.`;
  return unreadable('FILE_TOO_LARGE', file, message);
}

function unreadable(code: FailureCode, file: string, message: string): YamlSource {
  const start = `${file}:1:1`;
  return { locate: () => start, findings: [{ code, where: start, message }], leaves: () => [] };
}

function sourceOf(document: Document.Parsed, file: string, lines: LineCounter): YamlSource {
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const errors = [...document.errors, ...document.warnings];
  const findings = errors.slice(0, maximumErrors).map((error) => findingOf(error, place));
  const locate: Locate = (path, part) => place(offsetOf(document, path, part));
  const leaves = (): YamlLeaf[] => leavesOf(document.contents, [], place);
  if (errors.some((error) => error.code !== 'DUPLICATE_KEY')) return { locate, findings, leaves };
  try {
    return { value: document.toJS({ maxAliasCount: maximumAliases }), locate, findings, leaves };
  } catch {
    return unreadable('YAML_INVALID', file, 'The file repeats its parts by aliases more often than is allowed.');
  }
}

function findingOf(error: YAMLError, place: (offset: number) => string): Finding {
  const where = place(error.pos[0]);
  if (error.code === 'DUPLICATE_KEY') return { code: 'YAML_INVALID', where, message: 'This key is there twice.' };
  // What the parser of flow collections says when it gives up.
  if (/call stack/i.test(error.message)) {
    return { code: 'YAML_INVALID', where, message: 'The document is nested deeper than can be read.' };
  }
  // yaml quotes from the text, which may be any file, a key file given by mistake too: after a colon, and in long words.
  const reason = (error.message.split(/: ["'&*!]/)[0] ?? '').replaceAll(/\S{20,}/g, '…').trim();
  return { code: 'YAML_INVALID', where, message: `This is not YAML as it should be: ${reason}.` };
}

/** Where the part begins in the text; the nearest parent that exists, when it does not. */
function offsetOf(document: Document, path: readonly PropertyKey[], part: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, segment] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isSeq(node)) {
      node = node.items[Number(segment)];
      offset = startOf(node) ?? offset;
      continue;
    }
    const pair = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment))
      : undefined;
    if (!pair) return offset;
    const last = depth === path.length - 1;
    const keyStart = startOf(pair.key) ?? offset;
    offset = last && part === 'value' ? (startOf(pair.value) ?? keyStart) : keyStart;
    node = pair.value;
  }
  return offset;
}

function leavesOf(node: unknown, path: readonly string[], place: (offset: number) => string): YamlLeaf[] {
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) => {
    const within = [...path, isScalar(key) ? String(key.value) : ''];
    if (isMap(value)) return leavesOf(value, within, place);
    const keyStart = startOf(key) ?? 0;
    const places = { keyAt: place(keyStart), valueAt: place(startOf(value) ?? keyStart) };
    return [{ path: within, value: isScalar(value) ? value.value : undefined, ...places }];
  });
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}
