/** One line of the seed's YAML: which resource of which admin client it names. */

import type { Finding } from '../domain/failures.ts';
import { clientKinds, type ClientKind, type ExistingResources } from '../domain/tenant.ts';
import { didYouMean } from './spelling.ts';
import type { YamlLeaf } from './yaml-source.ts';

export type SeedEntry = { readonly kind: ClientKind; readonly field: Slot['field']; readonly name: string };

type Slot = {
  readonly field: keyof ExistingResources;
  readonly block: string;
  readonly form: RegExp;
  readonly example: string;
};

const keyVersion: Slot = {
  field: 'keyVersion',
  block: 'kms',
  form: /^projects\/[^/\s]+\/locations\/[^/\s]+\/keyRings\/[^/\s]+\/cryptoKeys\/([^/\s]+)\/cryptoKeyVersions\/[1-9][0-9]*$/,
  example: 'projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/1',
};
const secretVersion = (field: Slot['field']): Slot => ({
  field,
  block: 'secret-manager',
  form: /^projects\/[^/\s]+\/secrets\/([^/\s]+)\/versions\/[1-9][0-9]*$/,
  example: 'projects/P/secrets/S/versions/1',
});

/** The page's words; `cert-cain` is how it spells the last one itself. */
const slots: Readonly<Record<string, Slot>> = {
  key: keyVersion,
  'client-id': secretVersion('clientIdVersion'),
  'cert-chain': secretVersion('chainVersion'),
  'cert-cain': secretVersion('chainVersion'),
};
const blocks: readonly string[] = [...clientKinds, 'kms', 'secret-manager'];

/** What the line names, or what is wrong with it. */
export function entryOf(leaf: YamlLeaf): SeedEntry | Finding {
  const word = leaf.path.at(-1) ?? '';
  if (blocks.includes(word)) return invalid(leaf, 'has to be a block of fields');
  const slot = Object.hasOwn(slots, word) ? slots[word] : undefined;
  if (!slot || !isPlace(leaf.path.slice(0, -1), slot.block)) return unknown(leaf);
  const name = typeof leaf.value === 'string' ? leaf.value : '';
  const id = slot.form.exec(name)?.[1];
  if (id === undefined) return invalid(leaf, `has to be the full name of a version, as in ${slot.example}`);
  const kind = kindOf(leaf.path, id);
  return kind ? { kind, field: slot.field, name } : invalid(leaf, 'has to stand in a block maskinporten or idporten');
}

/** Whether the blocks around a word are those of the page, or some of them. */
function isPlace(path: readonly string[], block: string): boolean {
  const [kind, inner, ...more] = clientKinds.some((one) => one === path[0]) ? path : ['', ...path];
  return kind !== undefined && more.length === 0 && (inner === undefined || inner === block);
}

/** The client by its block, else by a resource id that names one client and not the other. */
function kindOf(path: readonly string[], id: string): ClientKind | undefined {
  const named = clientKinds.filter((kind) => id.toLowerCase().includes(kind));
  return clientKinds.find((kind) => kind === path[0]) ?? (named.length === 1 ? named[0] : undefined);
}

function unknown({ path, keyAt }: YamlLeaf): Finding {
  const words = [...Object.keys(slots).filter((word) => word !== 'cert-cain'), ...blocks];
  const strange = path.find((word) => !words.includes(word)) ?? path.at(-1) ?? '';
  const meant = didYouMean(strange, words);
  const hint = meant && meant !== strange ? ` Did you mean \`${meant}\`?` : '';
  const message = `\`${path.join('.').slice(0, 60)}\` is not a known field.${hint}`;
  return { code: 'FIELD_UNKNOWN', where: keyAt, message };
}

export function invalid({ path, valueAt }: YamlLeaf, phrase: string): Finding {
  return { code: 'FIELD_INVALID', where: valueAt, message: `\`${path.join('.')}\` ${phrase}.` };
}
