/** What must be true of a client all the time: looked at after every call, before its caller goes on. */

import { createPublicKey, verify } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import type { Call } from '../../local/calls.ts';
import type { ClientRecord, RegisteredKey } from '../../local/digdir/models.ts';
import { showApplication } from './application.ts';
import type { Application } from './application.ts';
import type { Stage } from './stage.ts';

/** Whose credentials have to work: all that can be read, the newest once the consumer uses those, or none any more. */
export type InUse = 'all' | 'newest' | 'none';

export type Witness = {
  readonly see: (call: Call) => Promise<void>;
  /** What was not so at some time, by the name of the invariant, as it was first seen. */
  readonly breaches: ReadonlyMap<string, string>;
  inUse: InUse;
};

export const always = {
  oneClient: 'never two clients with the mark',
  foreignStays: 'a key of others is never lost',
  provenFirst: 'nothing is published before it is proven',
  accepted: 'credentials that are in use are accepted',
} as const;

/** By what request a key is proven. */
const proofs = { idporten: 'POST /par', maskinporten: 'POST /token' } as const;

/** Credentials that can be read already count as proven. `foreign`: id of a key that somebody registered by hand. */
export function createWitness(stage: Stage, client: OAuthClientName, foreign?: string): Witness {
  const breaches = new Map<string, string>();
  const proven = new Set(showApplication(stage, client).credentials.map(({ kid, n }) => `${kid} ${n}`));
  const { digdir } = stage.cloud;

  const witness: Witness = {
    breaches,
    inUse: 'all',
    async see({ index, method }) {
      const shown = showApplication(stage, client);
      if (method === proofs[client.kind]) {
        const answered = shown.clients.filter((one) => client.kind === 'idporten' || hasToken(stage, one));
        for (const key of answered.flatMap(({ keys }) => keys)) {
          if (digdir.receivedAssertions().some((assertion) => isSignedBy(assertion, key))) {
            proven.add(`${key.kid} ${key.n}`);
          }
        }
      }
      const found = {
        [always.oneClient]: severalClients(shown),
        [always.foreignStays]: foreign === undefined ? undefined : lostKey(shown, foreign),
        [always.provenFirst]: shown.credentials.find(({ kid, n }) => !proven.has(`${kid} ${n}`))?.kid,
        [always.accepted]: refusedCredentials(shown, witness.inUse),
      };
      for (const [invariant, reason] of Object.entries(found)) {
        if (reason !== undefined && !breaches.has(invariant)) {
          breaches.set(invariant, `${reason}, after call ${index}, ${method}`);
        }
      }
    },
  };
  return witness;
}

/** A grant that is refused proves nothing. */
const hasToken = ({ cloud }: Stage, { client }: ClientRecord): boolean =>
  cloud.digdir.issuedTokens().some((token) => decodeJwt(token)['client_id'] === client.client_id);

/** What Digdir would say of the signature; an assertion names its key, so most are told apart without arithmetic. */
function isSignedBy(assertion: string, { kid, kty, n, e }: RegisteredKey): boolean {
  const [header = '', claims = '', signature = ''] = assertion.split('.');
  const { kid: named } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid?: string };
  if (named !== kid) return false;
  const key = createPublicKey({ key: { kty, n, e }, format: 'jwk' });
  return verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'));
}

function severalClients({ clients }: Application): string | undefined {
  const active = clients.filter(({ client }) => client.active).map(({ client }) => client.client_id);
  return active.length > 1 ? active.join(', ') : undefined;
}

function lostKey({ clients }: Application, foreign: string): string | undefined {
  return clients.some(({ keys }) => keys.some(({ kid }) => kid === foreign)) ? undefined : `${foreign} is gone`;
}

function refusedCredentials({ clients, credentials }: Application, inUse: InUse): string | undefined {
  if (inUse === 'none') return undefined;
  for (const { number, clientId, kid, n } of inUse === 'all' ? credentials : credentials.slice(-1)) {
    const found = clients.find(({ client }) => client.client_id === clientId);
    if (!found?.client.active) return `version ${number} is of ${clientId}, which is not active`;
    const key = found.keys.find((one) => one.kid === kid);
    if (key?.n !== n) return `version ${number} has a key ${kid} that Digdir does not know`;
    if (key.exp * 1000 <= Date.now()) return `version ${number} has the key ${kid}, which has expired`;
  }
  return undefined;
}
