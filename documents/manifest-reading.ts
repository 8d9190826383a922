/** One document of a manifest file on the way to its declarations. */

import type { Finding } from '../domain/failures.ts';
import { textAt } from './manifest-draft.ts';
import type { Drafts } from './manifest-kinds.ts';
import type { YamlSource } from './yaml-source.ts';

export type Reading = {
  readonly source: YamlSource;
  readonly drafts: Drafts;
  readonly findings: readonly Finding[];
  /** Whether something beside its own findings keeps it from being declared. */
  readonly held: boolean;
};

/** Whether the document declares a client, right or wrong. */
export const declares = ({ drafts: { idporten, maskinporten } }: Reading): boolean =>
  idporten !== undefined || maskinporten !== undefined;

/** Whose clients they are, as far as it can be read. */
export function nameOf({ source }: Reading): { name: string; namespace: string } | undefined {
  const name = textAt(source.value, ['metadata', 'name'])?.value;
  const namespace = textAt(source.value, ['metadata', 'namespace'])?.value;
  return name === undefined || namespace === undefined ? undefined : { name, namespace };
}
