/** What has to hold of a declared client of ID-porten beyond the form of its fields, asked of the draft. */

import type { Environment } from '../domain/environments.ts';
import type { Finding } from '../domain/failures.ts';
import type { IntegrationType } from '../domain/oauth-client.ts';
import { needsOpenid, scopeFault } from '../domain/scopes.ts';
import { addressFault, isInternal, originOf } from './client-addresses.ts';
import { sayer, type Locate, type Say } from './findings.ts';
import type { Draft, Placed } from './manifest-draft.ts';

/** All findings about a draft, in no order. */
export function draftFindings(draft: Draft, environment: Environment, locate: Locate): Finding[] {
  const say = sayer(locate);
  const { integrationType: type } = draft;
  const isWrong = ({ value }: Placed): boolean => addressFault(value, environment) !== undefined;
  const wrong = new Set(draft.addresses.filter(isWrong).map(({ path }) => path.join('.')));
  return [
    ...draft.addresses.flatMap((address) => addressFindings(address, environment, say)),
    ...(type === 'krr' ? krrFindings(draft, say) : []),
    ...(type && type !== 'krr' ? loginFindings(draft, say) : []),
    ...(type && type !== 'krr' ? logoutFindings(draft, ({ path }) => !wrong.has(path.join('.')), say) : []),
    ...(type ? scopeFindings(draft, type, say) : []),
    ...draft.overruled.map(({ path, value }) => say('FIELD_OVERRULED', path, value, 'key')),
  ];
}

function addressFindings({ value, path }: Placed, environment: Environment, say: Say): Finding[] {
  const fault = addressFault(value, environment);
  if (fault) return [say(fault.code, path, fault.phrase)];
  const isIngress = path.includes('ingresses');
  return isIngress && value.includes('?') ? [say('ADDRESS_INVALID', path, 'has a query, which no ingress has')] : [];
}

function krrFindings({ loginFields }: Draft, say: Say): Finding[] {
  const phrase = 'belongs to a login, and nobody logs in to a krr client';
  return loginFields.map((path) => say('KRR_WITHOUT_LOGIN', path, phrase, 'key'));
}

function loginFindings({ redirectUriMissing, frontchannelLogoutMissing: logoutMissing }: Draft, say: Say): Finding[] {
  if (redirectUriMissing) {
    const phrase = 'names no address, so users cannot come back from the login';
    return [say('REDIRECT_URI_MISSING', redirectUriMissing, phrase)];
  }
  const phrase = 'is missing: whoever logs out of another service stays logged in to this one';
  return logoutMissing ? [say('LOGOUT_URI_MISSING', logoutMissing, phrase)] : [];
}

/** An address that is not sound says nothing about where the others should be. */
function logoutFindings(draft: Draft, isSound: (address: Placed) => boolean, say: Say): Finding[] {
  const { frontchannelLogoutUri: logout, redirectUris } = draft;
  if (!logout || !isSound(logout) || redirectUris.length === 0) return [];
  const origin = originOf(logout.value);
  if (redirectUris.every((uri) => isSound(uri) && originOf(uri.value) !== origin)) {
    return [say('LOGOUT_URI_OTHER_ORIGIN', logout.path, `is on ${origin}, where no redirect URI is`)];
  }
  return isInternal(logout.value) ? [say('INGRESS_INTERNAL', logout.path, unreachable)] : [];
}

const unreachable =
  'looks internal. Front-channel logout goes there, through the browser of a citizen, which does not reach it: whoever ' +
  'logs out of another service stays logged in to this one';

function scopeFindings({ scopes }: Draft, type: IntegrationType, say: Say): Finding[] {
  const faults = scopes.flatMap(({ value, path }) => {
    const fault = scopeFault(type, value);
    return fault ? [say('SCOPE_NOT_ALLOWED', path, fault)] : [];
  });
  const [first] = scopes;
  if (!first || !needsOpenid(type) || scopes.some(({ value }) => value === 'openid')) return faults;
  return [
    ...faults,
    say('SCOPE_NOT_ALLOWED', first.path.slice(0, -1), 'lacks openid, without which nobody can log in'),
  ];
}
