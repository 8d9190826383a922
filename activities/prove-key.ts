/** The proof of a client's key: the request that its application will make itself, with the very key. */

import { createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Proof, StepOf } from '../domain/client-step.ts';
import type { FailureCode } from '../domain/failures.ts';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Limits } from '../services/limits.ts';
import { attempt } from './attempt.ts';
import type { HeldRecord } from './client-record.ts';
import { privateKey } from './credentials.ts';
import type { PrivateJwk } from './credentials.ts';
import type { Services } from './services.ts';

/**
 * A pushed authorization request for a login, a grant for a client without one. What may be a key that has not arrived is
 * tried again for `pace.propagation` seconds (`CLIENT_KEY_REFUSED`). `CLIENT_KEY_UNPROVEN`: it could not be told.
 */
export const proveKey = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: ProvisioningRequest,
      held: HeldRecord,
      { kid, proof }: StepOf<'prove-key'>,
    ): Promise<HeldRecord> => {
      const { record } = held;
      const { clientId = '' } = record;
      const key = await privateKey(services, limits, request, record, kid);
      if (proof.integrationType === 'krr' || proof.integrationType === 'maskinporten')
        await proveByGrant(services, limits, clientId, key, proof);
      else {
        const { redirectUri = '', scopes } = proof;
        await services.idporten.proveKey({ clientId, redirectUri, scopes }, key, limits);
      }
      services.audit({ event: 'client-key-proven', clientId, kid });
      return held;
    },
  );

/** Refusals that say that Maskinporten did not take the signature for the client's. */
const aboutTheKey: readonly FailureCode[] = [
  'ASSERTION_UNKNOWN_KID',
  'ASSERTION_CLIENT_UNKNOWN',
  'ASSERTION_SIGNATURE',
  'ASSERTION_KEY_EXPIRED',
];

/** Refusals for the sake of the scope: whoever gets one may have been authenticated before. */
const aboutTheScope: readonly FailureCode[] = [
  'ASSERTION_SCOPES',
  'ASSERTION_SCOPE_TYPE',
  'ASSERTION_ACCESS',
  'ASSERTION_DELEGATION',
];

async function proveByGrant(
  services: Services,
  limits: Limits,
  clientId: string,
  key: PrivateJwk,
  proof: Proof,
): Promise<void> {
  const refusal = await grantRefusal(
    services,
    limits,
    clientId,
    proof,
    key.kid,
    createPrivateKey({ key, format: 'jwk' }),
  );
  if (!refusal) return;
  if (aboutTheKey.includes(refusal.code)) throw new Refusal('CLIENT_KEY_REFUSED', refusal.message);
  if (!aboutTheScope.includes(refusal.code)) throw refusal;
  const { privateKey: unknown } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = await grantRefusal(services, limits, clientId, proof, randomUUID(), unknown);
  if (other && aboutTheKey.includes(other.code)) return;
  throw new Refusal('CLIENT_KEY_UNPROVEN', refusal.message);
}

/** How the grant is refused, or nothing when there is a token. */
async function grantRefusal(
  { maskinporten }: Services,
  limits: Limits,
  clientId: string,
  { scopes }: Proof,
  kid: string,
  key: KeyObject,
): Promise<Refusal | undefined> {
  const grant = { clientId, scopes, assertion: { style: 'kid', kid }, chain: [] } as const;
  try {
    await maskinporten.grant(grant, async (data) => sign('sha256', data, key), limits);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
