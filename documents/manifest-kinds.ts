/** Which documents declare clients: told by `apiVersion` and `kind`, as Kubernetes does. */

import type { z } from 'zod';
import type { Finding } from '../domain/failures.ts';
import { applicationDraft } from './application-draft.ts';
import { valueAt, type Locate } from './findings.ts';
import { idportenClientDraft } from './idporten-client-draft.ts';
import type { Draft } from './manifest-draft.ts';
import { applicationSchema, idportenClientSchema, maskinportenClientSchema } from './manifest-schema.ts';
import { maskinportenBlockDraft, maskinportenClientDraft, type MaskinportenDraft } from './maskinporten-draft.ts';
import { didYouMean } from './spelling.ts';

/** What a document declares: at most one client of each kind. */
export type Drafts = { readonly idporten?: Draft; readonly maskinporten?: MaskinportenDraft };

export type ManifestKind = {
  readonly schema: z.ZodType;
  readonly drafts: (document: unknown) => Drafts;
};

const kinds: Readonly<Record<string, ManifestKind>> = {
  Application: {
    schema: applicationSchema,
    drafts: (document) => ({
      idporten: applicationDraft(document),
      maskinporten: maskinportenBlockDraft(document),
    }),
  },
  IDPortenClient: {
    schema: idportenClientSchema,
    drafts: (document) => ({ idporten: idportenClientDraft(document) }),
  },
  MaskinportenClient: {
    schema: maskinportenClientSchema,
    drafts: (document) => ({ maskinporten: maskinportenClientDraft(document) }),
  },
};

/** The kind of a document, or what is to be said about it instead. Another group's `Application` (Argo CD's) is not ours. */
export function kindOf(document: unknown, locate: Locate): ManifestKind | Finding {
  const name: unknown = valueAt(document, ['kind']);
  const version: unknown = valueAt(document, ['apiVersion']);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return { code: 'FIELD_INVALID', where: locate([], 'value'), message: 'The document has to be a block of fields.' };
  }
  if (typeof name !== 'string') {
    const message = name === undefined ? '`kind` is missing.' : '`kind` has to be a text.';
    return { code: name === undefined ? 'FIELD_MISSING' : 'FIELD_INVALID', where: locate(['kind'], 'value'), message };
  }
  const ours = version === undefined || (typeof version === 'string' && /^nais\.io(\/|$)/.test(version));
  const kind = ours && Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  return kind ?? strangeKind(name, ours && version !== undefined, locate(['kind'], 'value'));
}

function strangeKind(name: string, ours: boolean, where: string): Finding {
  const quoted = `"${name.slice(0, 60)}"`;
  const meant = ours ? didYouMean(name, Object.keys(kinds)) : undefined;
  if (meant) return { code: 'FIELD_INVALID', where, message: `${quoted} is not a kind. Did you mean \`${meant}\`?` };
  return { code: 'MANIFEST_IGNORED', where, message: `A document of kind ${quoted} declares no client of ours.` };
}
