/** What the tenant file says about all clients of applications. */

import { z } from 'zod';
import type { PlatformDefaults } from '../domain/oauth-client.ts';
import { addressFault } from './client-addresses.ts';
import { accessTokenLifetime, address, clientName, kubernetesName, sessionLifetime } from './client-fields.ts';

/** Of any environment: users are sent there, so localhost is of no use. */
const clientURI = address.superRefine((uri, context) => {
  const fault = addressFault(uri, 'production');
  if (fault) context.addIssue({ code: 'custom', message: fault.phrase, params: { code: fault.code } });
});

/** The lifetimes are those that Nais has by default: one hour, two hours. */
export const applicationsSchema: z.ZodType<PlatformDefaults> = z
  .strictObject({
    cluster: kubernetesName,
    clientName,
    clientURI,
    accessTokenLifetime: accessTokenLifetime.default(3600),
    sessionLifetime: sessionLifetime.default(7200),
  })
  .transform(({ clientURI, ...block }) => ({ ...block, clientUri: clientURI }));
