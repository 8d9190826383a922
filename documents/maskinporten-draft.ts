/** What a manifest declares of Maskinporten, read as far as it can be whatever else is wrong with it. */

import { subscopeOf } from '../domain/oauth-client.ts';
import { valueAt, type Path } from './findings.ts';
import { isAbsent, textAt, type Placed } from './manifest-draft.ts';
import { maskinportenScopes, type MaskinportenScopes } from './maskinporten-schema.ts';

export type MaskinportenDraft = {
  readonly clientName: string | undefined;
  readonly consumes: readonly Placed[];
  /** Where a consumed scope would have to stand, when the document gives none. */
  readonly consumesMissing: Path | undefined;
  readonly exposes: readonly ExposedDraft[];
  /** Where the exposed scopes stand. */
  readonly exposesPath: Path;
  /** All that is declared of scopes, with its defaults, when it is in the right form. */
  readonly scopes: MaskinportenScopes | undefined;
};

export type ExposedDraft = {
  readonly name: Placed | undefined;
  readonly separator: Placed | undefined;
  readonly delegationSource: Placed | undefined;
  /** What the scope will be, as far as that can be told. */
  readonly subscope: string | undefined;
  readonly accessibleForAll: boolean;
  readonly consumers: readonly Placed[];
  readonly consumersPath: Path;
};

/** The client of `spec.maskinporten`; `undefined` when the application declares none. */
export function maskinportenBlockDraft(document: unknown): MaskinportenDraft | undefined {
  const block = ['spec', 'maskinporten'];
  if (isAbsent(document, block) || valueAt(document, [...block, 'enabled']) === false) return undefined;
  return draftOf(document, block, undefined);
}

export const maskinportenClientDraft = (document: unknown): MaskinportenDraft =>
  draftOf(document, ['spec'], textAt(document, ['spec', 'clientName'])?.value);

function draftOf(document: unknown, block: Path, clientName: string | undefined): MaskinportenDraft {
  const scopesPath = [...block, 'scopes'];
  const consumesPath = [...scopesPath, 'consumes'];
  const exposesPath = [...scopesPath, 'exposes'];
  return {
    clientName,
    consumes: fieldsAt(document, consumesPath, 'name'),
    consumesMissing: isAbsent(document, consumesPath) ? consumesPath : undefined,
    exposes: itemsAt(document, exposesPath).map((path) => exposedDraft(document, path)),
    exposesPath,
    scopes: maskinportenScopes.safeParse(valueAt(document, scopesPath) ?? {}).data,
  };
}

function exposedDraft(document: unknown, path: Path): ExposedDraft {
  const field = (name: string): Placed | undefined => textAt(document, [...path, name]);
  const [name, separator, product] = [field('name'), field('separator'), field('product')?.value];
  const consumersPath = [...path, 'consumers'];
  return {
    name,
    separator,
    delegationSource: field('delegationSource'),
    subscope:
      product !== undefined && name
        ? subscopeOf({ product, separator: separatorFor(name.value, separator?.value), name: name.value })
        : undefined,
    accessibleForAll: valueAt(document, [...path, 'accessibleForAll']) === true,
    consumers: fieldsAt(document, consumersPath, 'orgno'),
    consumersPath,
  };
}

/** Nais' default where a manifest gives no separator. */
export const separatorFor = <Separator extends string>(name: string, given: Separator | undefined) =>
  given ?? (name.includes('/') ? '/' : ':');

/** The paths of a list's items. */
function itemsAt(document: unknown, path: Path): Path[] {
  const list = valueAt(document, path);
  return Array.isArray(list) ? list.map((_, index) => [...path, index]) : [];
}

/** The texts that a field has in the items of a list. */
const fieldsAt = (document: unknown, path: Path, field: string): Placed[] =>
  itemsAt(document, path).flatMap((item) => textAt(document, [...item, field]) ?? []);
