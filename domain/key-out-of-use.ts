/** An admin client's key that signs no more: how that is told, and what brings another one. */

import type { ClientKind } from './tenant.ts';

/** `serialNumber`: of the certificate. `compromised`: the key is; else its version is just not enabled. */
export type OutOfUse = { readonly serialNumber: string; readonly compromised: boolean };

export const howOut = ({ compromised }: OutOfUse): string =>
  compromised ? ', whose key is compromised and out of use' : ', whose key version is not enabled';

/** The command that changes the certificate; `compromised`: its serial number, where its key is. */
export const rotating = (kind: ClientKind, compromised?: string): string => {
  const which = compromised === undefined ? '' : ` --compromised ${compromised}`;
  return `digdir rotate-certificate -f TENANT_FILE --client ${kind}${which} --key-file FILE`;
};

export const replacing = (kind: ClientKind, { serialNumber, compromised }: OutOfUse): string =>
  compromised
    ? `${rotating(kind, serialNumber)}, with a certificate for a new key`
    : `enable the key version, if it was disabled by mistake, or ${rotating(kind)}`;
