/** The annotations of a manifest that are ours or digdirator's (`digdir.nais.io/…`). */

import type { Finding } from '../domain/failures.ts';
import type { OldKeyPolicy } from '../domain/oauth-client.ts';
import { secondsOf } from './durations.ts';
import { fieldName, valueAt, type Locate } from './findings.ts';
import { textAt } from './manifest-draft.ts';
import { oldKeysAnnotation, preserveAnnotation } from './manifest-schema.ts';
import { didYouMean } from './spelling.ts';

const annotations = ['metadata', 'annotations'];
const prefix = 'digdir.nais.io/';
const known = [preserveAnnotation, oldKeysAnnotation];

/** Digdirator's commands to itself, and what does the same here. */
const commands: Readonly<Record<string, string>> = {
  [`${prefix}resync`]: '`digdir apply`',
  [`${prefix}rotate`]: '`digdir rotate-key`',
};

/** What the annotations say, when they are right. */
export function policiesOf(document: unknown): { preserve: boolean; oldKeys: OldKeyPolicy } {
  const seconds = secondsOf(textAt(document, [...annotations, oldKeysAnnotation])?.value ?? '');
  return {
    preserve: textAt(document, [...annotations, preserveAnnotation])?.value === 'true',
    oldKeys: seconds === undefined ? { until: 'acknowledged' } : { until: 'elapsed', seconds },
  };
}

/** Findings about annotations under our prefix that are not known; those of others are their own business. */
export function annotationFindings(document: unknown, locate: Locate): Finding[] {
  const names = Object.keys(Object(valueAt(document, annotations))).filter((name) => name.startsWith(prefix));
  return names.flatMap((name): Finding[] => {
    if (known.includes(name)) return [];
    const path = [...annotations, name];
    const where = locate(path, 'key');
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command !== undefined) {
      return [{ code: 'FIELD_OVERRULED', where, message: `${fieldName(path)} does nothing here: use ${command}.` }];
    }
    const meant = didYouMean(name, known);
    const hint = meant ? `Did you mean \`${meant}\`?` : `Known here: ${known.join(', ')}.`;
    return [{ code: 'FIELD_UNKNOWN', where, message: `"${name.slice(0, 60)}" is not a known annotation. ${hint}` }];
  });
}
