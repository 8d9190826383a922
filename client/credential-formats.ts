/** An application's credentials in the forms in which applications get them; and without the secret, to be looked at. */

import { stringify } from 'yaml';
import type { OAuthClientName } from '../domain/oauth-client.ts';
import { exportLines } from './shell.ts';

type Variables = Readonly<Record<string, string>>;

/** For a POSIX shell to source. */
export const envText = (variables: Variables): string => exportLines(variables);

/** The variables as one object. */
export const jsonText = (variables: Variables): string => JSON.stringify(variables, null, 2);

/** Name of the Kubernetes secret, unless another is asked for. */
export const kubernetesSecretName = ({ name, kind }: OAuthClientName): string => `${kind}-${name}`;

/**
 * A Kubernetes `Secret` for `kubectl apply`: a key for each variable. The annotation lets Stakater's Reloader restart
 * whoever uses it, as with the secrets that digdirator makes.
 */
export function kubernetesText(variables: Variables, client: OAuthClientName, secretName: string): string {
  const metadata = {
    name: secretName,
    namespace: client.namespace,
    labels: { app: client.name, type: 'digdir-workflows' },
    annotations: { 'reloader.stakater.com/match': 'true' },
  };
  return stringify(
    { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData: variables },
    { lineWidth: 0 },
  );
}

/** Members of a JWK that anyone may know (RFC 7517, RFC 7518 section 6.3.1). */
const publicMembers = ['use', 'kty', 'kid', 'alg', 'n', 'e'];

const withheld = '(withheld)';

/** The variables with the public half of the key alone. What is not known to be public is withheld. */
export const redacted = (variables: Variables): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, name.endsWith('_JWK') ? publicHalf(value) : value]),
  );

function publicHalf(jwk: string): string {
  try {
    const members = Object.entries(JSON.parse(jwk) as Record<string, unknown>);
    const known = members.filter(([member]) => publicMembers.includes(member));
    return JSON.stringify({ ...Object.fromEntries(known), d: withheld });
  } catch {
    return withheld;
  }
}
