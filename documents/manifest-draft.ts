/**
 * What a manifest declares of ID-porten, read as far as it can be whatever else is wrong with it, so that all findings come at once.
 * Both kinds of manifest become a draft; the rules are asked of the draft.
 */

import { idportenIntegrationTypes, type IntegrationType } from '../domain/oauth-client.ts';
import { valueAt, type Path } from './findings.ts';

/** A value and where in the document it comes from. */
export type Placed = { readonly value: string; readonly path: Path };

export type Draft = {
  /** `undefined` where the document names none that there is. */
  readonly integrationType: IntegrationType | undefined;
  readonly clientName: string | undefined;
  readonly clientUri: Placed | undefined;
  /** The first is the application's own. */
  readonly redirectUris: readonly Placed[];
  /** Where a redirect URI would have to stand, when the document gives none. */
  readonly redirectUriMissing: Path | undefined;
  readonly frontchannelLogoutUri: Placed | undefined;
  /** Where it would have to stand, when the document gives none. */
  readonly frontchannelLogoutMissing: Path | undefined;
  readonly postLogoutRedirectUris: readonly Placed[];
  /** All addresses that the document spells out. */
  readonly addresses: readonly Placed[];
  readonly scopes: readonly Placed[];
  readonly accessTokenLifetime: number | undefined;
  readonly sessionLifetime: number | undefined;
  readonly ssoDisabled: boolean;
  /** Fields that are there and only mean something to a client whose users log in. */
  readonly loginFields: readonly Path[];
  /** Fields that are there and have no effect, each with the reason as a phrase. */
  readonly overruled: readonly Placed[];
};

/** The parts of a draft that both kinds of manifest spell alike, in the block at `block`. */
export function commonDraft(document: unknown, block: Path) {
  const numberAt = (field: string): number | undefined => {
    const value = valueAt(document, [...block, field]);
    return typeof value === 'number' ? value : undefined;
  };
  return {
    integrationType: integrationTypeOf(valueAt(document, [...block, 'integrationType'])),
    clientUri: textAt(document, [...block, 'clientURI']),
    scopes: textsAt(document, [...block, 'scopes']),
    accessTokenLifetime: numberAt('accessTokenLifetime'),
    sessionLifetime: numberAt('sessionLifetime'),
  };
}

function integrationTypeOf(value: unknown): IntegrationType | undefined {
  return value === undefined ? 'idporten' : idportenIntegrationTypes.find((type) => type === value);
}

export function textAt(document: unknown, path: Path): Placed | undefined {
  const value = valueAt(document, path);
  return typeof value === 'string' ? { value, path } : undefined;
}

export function textsAt(document: unknown, path: Path): Placed[] {
  const list = valueAt(document, path);
  if (!Array.isArray(list)) return [];
  return list.flatMap((value: unknown, index) =>
    typeof value === 'string' ? [{ value, path: [...path, index] }] : [],
  );
}

/** Whether nothing stands at the path, or an empty list. */
export function isAbsent(document: unknown, path: Path): boolean {
  const value = valueAt(document, path);
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}
