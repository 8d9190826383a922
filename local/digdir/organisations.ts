/** Which organisations Digdir knows, as far as it matters: who can be given access to a scope, and by what name. */

import type { Registry } from './registry.ts';

const WEIGHTS = [3, 2, 7, 6, 5, 4, 3, 2];

/**
 * Whether there is such an organisation in this world: one that Digdir's staff registered, or that has a client or a
 * prefix. The real Digdir asks Enhetsregisteret, which never gave anybody a number with a wrong check digit.
 */
export function isKnownOrganisation(number: string, { organisations, clients, prefixes }: Registry): boolean {
  if (!hasCheckDigit(number)) return false;
  return (
    organisations.get(number) !== undefined ||
    prefixes.all().some(({ owner_orgno: owner }) => owner === number) ||
    clients.all().some(({ client }) => client.client_orgno === number || client.supplier_orgno === number)
  );
}

export function organisationName(number: string, { organisations }: Registry): string {
  return organisations.get(number)?.name ?? `Organisasjon ${number}`;
}

/** Nine digits of which the last makes the weighted sum a multiple of 11 (brreg.no, "Organisasjonsnummeret"). */
function hasCheckDigit(number: string): boolean {
  if (!/^\d{9}$/.test(number)) return false;
  const sum = [...WEIGHTS, 1].reduce((total, weight, index) => total + weight * Number(number[index]), 0);
  return sum % 11 === 0;
}
