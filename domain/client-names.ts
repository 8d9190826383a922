/** Names of all that belongs to an application's client, derived from whose it is. */

import { managedBy, projectName } from './names.ts';
import type { OAuthClientName } from './oauth-client.ts';
import type { GooglePlace } from './tenant.ts';

/** The one workflow id for all that happens to the client: apply, key rotation, acknowledgement, removal. */
export const oauthClientWorkflowId = (client: OAuthClientName): string => `oauth-client:${partsOf(client).join(':')}`;

/** What the names of all its secrets begin with: the operator's right to them is bound to it (deploy/google.md). */
const secretPrefix = 'digdir-client_';

/**
 * The secret whose labels and annotations are our record of the client, and whose versions are its credentials. The parts
 * are joined by a character that none of them may hold, so no two clients share a name.
 */
export const credentialsSecretName = (google: GooglePlace, client: OAuthClientName): string =>
  `${projectName(google)}/secrets/${secretPrefix}${partsOf(client).join('_')}`;

/** The secret of keys that are not proven yet; a version is destroyed once its key is published. */
export const candidateSecretName = (google: GooglePlace, client: OAuthClientName): string =>
  `${credentialsSecretName(google, client)}_key`;

/** The secret whose versions tell what people decided about the client's plans; made when somebody was asked. */
export const decisionsSecretName = (google: GooglePlace, client: OAuthClientName): string =>
  `${credentialsSecretName(google, client)}_decisions`;

const partsOf = ({ tenant, environment, cluster, namespace, name, kind }: OAuthClientName): string[] => [
  tenant,
  environment,
  cluster,
  namespace,
  name,
  kind,
];

/** Labels that mark the secrets as ours, and whose they are. */
export const clientLabels = (client: OAuthClientName): Record<string, string> => ({
  'managed-by': managedBy,
  ...client,
});

/** `namespace/name`, with `/maskinporten` for that kind of client: how people name it. */
export const clientTitle = ({ namespace, name, kind }: OAuthClientName): string =>
  kind === 'idporten' ? `${namespace}/${name}` : `${namespace}/${name}/${kind}`;
