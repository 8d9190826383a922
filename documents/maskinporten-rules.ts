/** What has to hold of a declared Maskinporten client beyond the form of its fields, asked of the draft. */

import type { Finding } from '../domain/failures.ts';
import type { PlatformDefaults } from '../domain/oauth-client.ts';
import { isScopeName } from '../domain/scope-names.ts';
import { scopeFault } from '../domain/scopes.ts';
import { sayer, type Locate, type Say } from './findings.ts';
import type { Placed } from './manifest-draft.ts';
import { separatorFor, type ExposedDraft, type MaskinportenDraft } from './maskinporten-draft.ts';

/** All findings about a draft, in no order; that a scope is exposed twice is asked of all documents together. */
export function maskinportenFindings(
  draft: MaskinportenDraft,
  applications: PlatformDefaults | undefined,
  locate: Locate,
): Finding[] {
  const say = sayer(locate);
  return [
    ...consumedFindings(draft, say),
    ...draft.exposes.flatMap((exposed) => exposedFindings(exposed, applications, say)),
    ...(applications ? tenantFindings(draft, applications, say) : []),
  ];
}

function consumedFindings({ consumes }: MaskinportenDraft, say: Say): Finding[] {
  const faults = consumes.flatMap(({ value, path }) => {
    const fault = scopeFault('maskinporten', value);
    return fault ? [say('SCOPE_NOT_ALLOWED', path, fault)] : [];
  });
  return [...faults, ...repeated(consumes, say)];
}

function exposedFindings(exposed: ExposedDraft, applications: PlatformDefaults | undefined, say: Say): Finding[] {
  const { accessibleForAll, consumers, consumersPath } = exposed;
  const needless = 'has no effect: the scope is accessible for all';
  return [
    ...separatorFindings(exposed, say),
    ...lengthFindings(exposed, applications?.maskinporten?.scopePrefix ?? '', say),
    ...repeated(consumers, say),
    ...(accessibleForAll && consumers.length > 0 ? [say('CONSUMERS_NEEDLESS', consumersPath, needless, 'key')] : []),
  ];
}

/** Altinn knows a delegable scope by its path; Nais has the same rule for names that have one. */
function separatorFindings({ name, separator, delegationSource }: ExposedDraft, say: Say): Finding[] {
  if (!name) return [];
  const used = separatorFor(name.value, separator?.value);
  if (used !== ':' && used !== '.') return [];
  if (separator && name.value.includes('/')) {
    return [say('SCOPE_SEPARATOR', separator.path, `has to be "/", as the name ${quoted(name)} has one`)];
  }
  if (!delegationSource) return [];
  return [say('SCOPE_SEPARATOR', delegationSource.path, `needs the separator "/", and the scope has "${used}"`)];
}

/** As many letters as a consumed scope may have: one that is longer would be of no use. */
const longest = 255;

function lengthFindings({ name, subscope }: ExposedDraft, prefix: string, say: Say): Finding[] {
  const length = `${prefix}:${subscope ?? ''}`.length;
  if (!name || !isScopeName(name.value) || length <= longest) return [];
  return [say('FIELD_INVALID', name.path, `makes a scope of ${length} letters; ${longest} are the most`)];
}

/** Whether the tenant file says what the client needs. */
function tenantFindings(draft: MaskinportenDraft, { maskinporten }: PlatformDefaults, say: Say): Finding[] {
  const { exposes, exposesPath, consumesMissing } = draft;
  const unnamed = 'names scopes whose prefix the tenant file does not give';
  const nothing = 'names no scope, and the tenant file no default scope';
  return [
    ...(exposes.length > 0 && !maskinporten ? [say('SCOPE_PREFIX_UNDECLARED', exposesPath, unnamed, 'key')] : []),
    ...(consumesMissing && !maskinporten?.defaultScope ? [say('SCOPE_MISSING', consumesMissing, nothing)] : []),
  ];
}

/** A finding for each value that came before. */
function repeated(list: readonly Placed[], say: Say): Finding[] {
  const seen = new Set<string>();
  return list.flatMap((placed) => {
    const isNew = !seen.has(placed.value);
    seen.add(placed.value);
    return isNew ? [] : [say('LISTED_TWICE', placed.path, `gives ${quoted(placed)} a second time`)];
  });
}

const quoted = ({ value }: Placed): string => `"${value.slice(0, 60)}"`;
