/** Rich authorization requests (RFC 9396) as Maskinporten knows them: Altinn's system users and consents. */

import { TokenRefusal } from './maskinporten-errors.ts';

export type AuthorizationDetail = { readonly type: string; readonly [field: string]: unknown };

type Field = (value: unknown) => boolean;

const FIELDS: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  'urn:altinn:systemuser': {
    type: isText,
    systemuser_org: (value) => isObject(value) && matches(value['ID'], /^0192:\d{9}$/),
    externalRef: (value) => value === undefined || isText(value),
  },
  'urn:altinn:consent': {
    type: isText,
    id: (value) => matches(value, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i),
    from: (value) => matches(value, /^urn:altinn:person:identifier-no:\d{11}$/),
  },
};

/** MP-301 for an unknown type, MP-302 for an unknown field, MP-303 for a value that cannot be. */
export function checkAuthorizationDetails(value: unknown): readonly AuthorizationDetail[] {
  if (!Array.isArray(value)) throw new TokenRefusal('MP-303', 'authorization_details is not an array');
  return value.map(checkDetail);
}

function checkDetail(detail: unknown): AuthorizationDetail {
  const type = isObject(detail) ? detail['type'] : undefined;
  const fields = isText(type) ? FIELDS[type] : undefined;
  if (!isObject(detail) || !fields) throw new TokenRefusal('MP-301', `type ${String(type)}`);
  const unknown = Object.keys(detail).filter((name) => !(name in fields));
  if (unknown.length > 0) throw new TokenRefusal('MP-302', `fields ${unknown.join(', ')}`);
  const invalid = Object.entries(fields).filter(([name, valid]) => !valid(detail[name]));
  if (invalid.length > 0) throw new TokenRefusal('MP-303', `values of ${invalid.map(([name]) => name).join(', ')}`);
  return detail as AuthorizationDetail;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function matches(value: unknown, form: RegExp): boolean {
  return isText(value) && form.test(value);
}
