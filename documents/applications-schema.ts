/** What the tenant file says about all clients of applications. */

import { z } from 'zod';
import type { PlatformDefaults } from '../domain/oauth-client.ts';
import { scopeFault } from '../domain/scopes.ts';
import { addressFault } from './client-addresses.ts';
import {
  accessTokenLifetime,
  address,
  clientName,
  kubernetesName,
  maskinportenScope,
  sessionLifetime,
} from './client-fields.ts';
import { text } from './fields.ts';

/** Of any environment: users are sent there, so localhost is of no use. */
const clientURI = address.superRefine((uri, context) => {
  const fault = addressFault(uri, 'production');
  if (fault) context.addIssue({ code: 'custom', message: fault.phrase, params: { code: fault.code } });
});

const maskinporten = z.strictObject({
  scopePrefix: text(/^[A-Za-z0-9]{1,50}$/, 'has to be 1 to 50 letters and digits, as Digdir assigned it').describe(
    'What all scopes of the organisation begin with, as Digdir assigned it.',
  ),
  defaultScope: maskinportenScope
    .superRefine((scope, context) => {
      const fault = scopeFault('maskinporten', scope);
      if (fault) context.addIssue({ code: 'custom', message: fault, params: { code: 'SCOPE_NOT_ALLOWED' } });
    })
    .describe('What a client gets that consumes nothing: Digdir registers none without a scope.')
    .optional(),
});

/** The lifetimes are those that Nais has by default: one hour, two hours. */
export const applicationsSchema: z.ZodType<PlatformDefaults> = z
  .strictObject({
    cluster: kubernetesName,
    clientName,
    clientURI,
    accessTokenLifetime: accessTokenLifetime.default(3600),
    sessionLifetime: sessionLifetime.default(7200),
    maskinporten: maskinporten.optional(),
  })
  .transform(({ clientURI, ...block }) => ({ ...block, clientUri: clientURI }));
