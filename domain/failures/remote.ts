/** Failure codes: what Digdir and Google Cloud refuse. */

import type { Entry } from './entry.ts';

export const remoteFailures = {
  ASSERTION_UNKNOWN_KID: [
    'gate',
    'Digdir does not know the key id (kid)',
    'Register the certificate (or its key) on the client, give the kid that Digdir shows when you approve, and mind that a client without registered keys has to use x5c.',
  ],
  ASSERTION_CLIENT_UNKNOWN: [
    'gate',
    'Digdir does not know the client, or it is inactive',
    'Ask Digdir whether the client exists in this environment and is active, and compare the client id.',
  ],
  ASSERTION_CERTIFICATE_REFUSED: [
    'gate',
    'Digdir refuses the certificate',
    'Ask Digdir whether the certificate is accepted, or revoked, or whether the client is locked to another one. Otherwise withdraw and onboard with a new certificate.',
  ],
  ASSERTION_KEY_EXPIRED: [
    'gate',
    'The key that is registered on the client has expired at Digdir',
    'Register it anew: a registered key lives one year at most.',
  ],
  ASSERTION_ORGANISATION: [
    'gate',
    'The organisation of the client is not that of the certificate',
    'Ask Digdir to register the client on the right organisation, or onboard with the certificate of that organisation.',
  ],
  ASSERTION_SIGNATURE: [
    'gate',
    'Digdir could not verify the signature of the assertion',
    'The certificate that Digdir knows for this client is another one, or one of the other environment. Compare the fingerprint.',
  ],
  ASSERTION_SCOPES: [
    'gate',
    'The client lacks a scope that was asked for',
    'Ask Digdir to give the client the scopes of the tenant file, or correct the list there.',
  ],
  ASSERTION_SCOPE_TYPE: [
    'gate',
    'A scope may not be used with Maskinporten',
    'Remove the scope from the tenant file, or ask its owner to allow the integration type.',
  ],
  ASSERTION_ACCESS: [
    'gate',
    'The organisation has not been given access to a scope',
    'Ask the owner of the scope to grant access to the organisation.',
  ],
  ASSERTION_DELEGATION: [
    'gate',
    'Access to a scope has not been delegated',
    'The consumer has to delegate access in Altinn to the organisation.',
  ],
  ASSERTION_CLOCK: [
    'passing',
    "The worker's clock and Digdir's differ too much",
    'Synchronise the clock of the worker: Digdir allows 10 seconds.',
  ],
  ASSERTION_REUSED: [
    'passing',
    'Digdir saw the same assertion twice',
    'A new one is made and tried by itself. Has the run ended? Then run the command again.',
  ],
  ASSERTION_DEFECT: [
    'defect',
    'Digdir refuses the form of the assertion',
    'This is a fault of digdir-workflows. Report it with the trace id.',
  ],
  ASSERTION_REFUSED: [
    'gate',
    'Digdir refuses the assertion for a reason that is not known here',
    'Ask Digdir, with the trace id that the message holds.',
  ],
  SELF_SERVICE_REFUSED: [
    'gate',
    'The self-service API refuses the token',
    'Ask Digdir whether the client has its scopes for the self-service API (idporten:dcr.read or .write) and belongs to the organisation.',
  ],

  GOOGLE_DENIED: [
    'passing',
    'Google Cloud denies a permission',
    'A right that was just granted takes some minutes. If it stays, grant it as deploy/google.md says.',
  ],
  GOOGLE_REFUSED: [
    'refused',
    'Google Cloud refuses a call',
    'Read what it says; mend that in the project, then run the command again.',
  ],
  GOOGLE_UNAVAILABLE: [
    'passing',
    'Google Cloud does not answer',
    'It is tried again by itself. Has the run ended? Then run the command again: it goes on from here.',
  ],
  DIGDIR_UNAVAILABLE: [
    'passing',
    'Digdir does not answer',
    'It is tried again by itself; see status.digdir.no. Has the run ended? Then run the command again: it goes on from here.',
  ],
  STEP_TIMED_OUT: [
    'passing',
    'A step was not done in time',
    'Look whether the workers run, and at their logs; then run the command again: it goes on from here.',
  ],
  STATE_CONFLICT: [
    'passing',
    'Somebody else wrote at the same time',
    'It is read again and tried again by itself. Has the run ended? Then run the command again.',
  ],
} as const satisfies Record<string, Entry>;
