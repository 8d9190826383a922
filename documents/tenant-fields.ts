/** Single fields that the tenant file and the input of a workflow have in common. */

import { z } from 'zod';
import { organisationNumberFault } from '../domain/organisation.ts';
import type { GooglePlace } from '../domain/tenant.ts';
import { text } from './fields.ts';

export const tenantName = text(
  /^[a-z][a-z0-9-]{0,30}$/,
  'has to be 1 to 31 lower-case letters, digits and dashes, a letter first',
);

/** The name of whoever asks for something. */
export const requester = z.string().min(1, 'has to say who asks').max(255, 'is too long for a name');

export const organisationNumber = z.string().refine((number) => organisationNumberFault(number) === undefined, {
  error: ({ input }) => `is wrong: ${organisationNumberFault(String(input))}`,
  params: { code: 'ORGANISATION_NUMBER_INVALID' },
});

export const projectId = text(
  /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
  'is not a project id (6 to 30 lower-case letters, digits, dashes)',
);

export const location = text(/^[a-z][a-z0-9-]{1,40}$/, 'is not a location of Google Cloud, such as europe-north1');
export const resourceId = text(/^[A-Za-z0-9_-]{1,63}$/, 'has to be 1 to 63 letters, digits, dashes and underscores');
const printable = /^[\x21-\x7e]{1,255}$/;
/** A scope-token of RFC 6749 section 3.3. */
export const scope = text(/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/, 'is not a scope');

/** One principal, never everybody: what it may do is signing in the organisation's name. */
const platformForm =
  /^(serviceAccount:[^\s@:]+@[^\s@:]+\.[^\s@:]+|(user|group):[^\s@:]+@[^\s@:]+|principal(Set)?:\/\/iam\.googleapis\.com\/[^\s*]+)$/;
const platformFault = 'has to be one principal, as in serviceAccount:NAME@PROJECT.iam.gserviceaccount.com';

export const principal = text(platformForm, platformFault);

export const clientId = text(printable, 'has to be the client id as Digdir gave it, without spaces');

export const keyId = text(printable, 'has to be the key id as Digdir shows it, without spaces');

/** The place at Google as workflows are given it, defaults filled in. */
export const googlePlace: z.ZodType<GooglePlace> = z.strictObject({
  project: projectId,
  location,
  keyRing: resourceId,
  protectionLevel: z.enum(['SOFTWARE', 'HSM']),
  replication: z.union([z.literal('automatic'), z.strictObject({ locations: z.array(location).min(1) })]),
});
