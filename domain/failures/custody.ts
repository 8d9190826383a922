/** Failure codes: what is wrong with the input, the permissions and the resources in Google Cloud. */

import type { Entry } from './entry.ts';

export const custodyFailures = {
  INPUT_INVALID: [
    'finding',
    'The input of the workflow is malformed',
    'Start the workflow by `digdir onboard`, or correct the input as the message says.',
  ],
  WORKFLOW_ID_MISMATCH: [
    'finding',
    'The workflow id does not belong to its input',
    'Start it under the id that is named; one thing has one id, so that it has one writer.',
  ],
  WORKFLOW_OTHER_TYPE: [
    'finding',
    'Another kind of workflow is at work on the same client',
    'Wait for it, or end it as is said here, then start again.',
  ],
  WORKFLOW_OTHER_INPUT: [
    'finding',
    'A run with other contents is already under way for this client',
    'Let the running one end first; `digdir status` shows what it waits for.',
  ],
  PERMISSION_MISSING: [
    'finding',
    'A principal lacks a permission that a later step needs',
    'Grant it as deploy/google.md says, then run the command again.',
  ],
  PERMISSION_UNKNOWN: [
    'notice',
    'A permission could not be asked for beforehand',
    'Nothing now: the step itself will say if it is missing.',
  ],
  METADATA_UNREACHABLE: [
    'finding',
    "Maskinporten's metadata cannot be read",
    'Check the address in the settings of the worker, and that it may reach that host (firewall, proxy).',
  ],
  METADATA_INVALID: [
    'finding',
    "Maskinporten's metadata is not what it should be",
    'Check the address in the settings of the worker: issuer and metadata have to belong together.',
  ],
  CRYPTO_KEY_UNSUITABLE: [
    'finding',
    'The crypto key exists and cannot hold this private key',
    'Its purpose, protection level and import-only mark cannot be changed. Give another `cryptoKey` name for this client in the tenant file.',
  ],
  KEY_VERSION_DISABLED: [
    'finding',
    'This private key is already in the crypto key, in a version that a person disabled',
    'Find out why it was disabled. To use it again, enable the version that is named, then run the command again.',
  ],
  KEY_VERSION_DESTROYED: [
    'finding',
    'This private key is already in the crypto key, in a version that is scheduled for destruction',
    'Find out why. To use it again, restore and enable the version that is named, then run the command again.',
  ],
  SECRET_UNSUITABLE: [
    'finding',
    'A secret of this name exists and is not ours',
    'Its replication or its labels differ from what the tenant file asks for. Remove it, or correct `google.replication`.',
  ],
  ADOPTED_RESOURCE_MISSING: [
    'finding',
    'A resource that was to be adopted does not exist',
    'Correct the resource name, or leave it out to have it created.',
  ],
  ADOPTED_RESOURCE_ELSEWHERE: [
    'finding',
    'A resource that was to be adopted lies outside of the tenant',
    'It has to be in the project, and a key version also in the location, of the tenant file.',
  ],
  ADOPTED_KEY_MISMATCH: [
    'finding',
    'The public key of the KMS version is not that of the leaf certificate',
    'Give the key version and the chain version that belong together.',
  ],
  ADOPTED_CLIENT_ID_MISMATCH: [
    'finding',
    'The stored client id is not that of the tenant file',
    'Correct `clientId` in the tenant file, or give the secret version that holds it.',
  ],

  IMPORT_JOB_UNTRUSTED: [
    'refused',
    'The import job is not the one that this tenant should use',
    'Nothing was sent. Somebody who can answer for the workflow or its worker named another job: find out who, before you try again.',
  ],
  IMPORT_JOB_EXPIRED: [
    'gate',
    'The import job has expired before the key was submitted',
    'Run `digdir onboard` again: it attaches to the run and wraps the key for the new job.',
  ],
  IMPORT_FAILED: [
    'gate',
    'Cloud KMS could not import the wrapped key',
    'Run `digdir onboard` again with the right key file: it attaches to the run and submits anew.',
  ],
  WRAPPED_KEY_MALFORMED: [
    'gate',
    'The submitted ciphertext is not a wrapped key',
    'Submit it by `digdir onboard`, which wraps the key as the import job demands.',
  ],
  ROTATION_NOTHING_ACTIVE: [
    'finding',
    'No certificate is active that could be rotated',
    'Onboard the client first: `digdir onboard`.',
  ],
  CERTIFICATE_OLDER: [
    'finding',
    'The certificate is older than the one that is active',
    'Give the newer certificate. Is the active one compromised? Then say `--compromised SERIAL`.',
  ],
  CERTIFICATE_SOONER: [
    'finding',
    'The certificate ends sooner than the one that is active',
    'Give the certificate that lasts longer. Is the active one compromised? Then say `--compromised SERIAL`.',
  ],
  CERTIFICATE_OLDER_ALLOWED: [
    'notice',
    'The certificate is older than the compromised one',
    'Nothing: that does not matter now. Order a new one soon.',
  ],
  CERTIFICATE_SOONER_ALLOWED: [
    'notice',
    'The certificate ends sooner than the compromised one',
    'Nothing: that does not matter now. Order a new one soon.',
  ],
  CERTIFICATE_UNKNOWN: [
    'finding',
    'No certificate with this serial number was ever active here',
    'Give the serial number of the compromised certificate as `digdir status` or the certificate itself shows it.',
  ],
  CERTIFICATE_SAME_KEY: [
    'finding',
    'The certificate is for the key that is compromised',
    'Order a certificate for a new key: another certificate for the same key helps nothing.',
  ],
  CERTIFICATE_ROLLED_BACK: [
    'notice',
    'This certificate was active before, and was rolled back',
    'Make sure that what went wrong is mended before you approve; else reject it.',
  ],
  ASSERTION_STYLE_GAP: [
    'notice',
    'Digdir takes one way of proving oneself at a time, so the change between x5c and kid has a gap',
    'For a change without a gap have another admin client made, and change `clientId` with the style. Else have the key registered (or removed) at a quiet hour, and approve at once.',
  ],
  KID_OTHER: [
    'notice',
    'The tenant file names another kid than the active document',
    'Is the active one right? Then correct `kid` in the tenant file, or leave it out.',
  ],
  ROLL_BACK_REFUSED: [
    'refused',
    'No token can be had by the document that was active before',
    'Look at what Digdir or KMS says, mend it, and roll back again; the new certificate stays active meanwhile.',
  ],
  ROLL_BACK_NOT_AWAITED: [
    'refused',
    'There is nothing to roll back now',
    'A rotation goes back from its activation until its old key version is retired; see `digdir status`. After that, restore the old version as docs/rotation.md says.',
  ],

  KEY_NOT_PROVEN: [
    'refused',
    'The imported key does not sign for the certificate',
    'The key in KMS and the leaf certificate do not belong together. Withdraw the run and start again with the right pair.',
  ],
  CUSTODY_BROKEN: [
    'refused',
    'Something that this run had made ready is no longer so',
    'Look in the audit log who changed the resource that is named, then run the command again.',
  ],
} as const satisfies Record<string, Entry>;
