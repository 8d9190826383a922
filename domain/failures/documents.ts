/** Failure codes: what is wrong with the documents that people hand in: tenant file, key file, certificates. */

import type { Entry } from './entry.ts';

export const documentsFailures = {
  FILE_UNREADABLE: ['finding', 'A file cannot be read', 'Check the path and the rights on the file.'],
  FILE_TOO_LARGE: ['finding', 'A file is larger than it can be', 'Check that it is the file that was meant.'],
  YAML_INVALID: ['finding', 'A file is not valid YAML', 'Correct the file at the place that is named.'],
  FIELD_UNKNOWN: [
    'finding',
    'A field is not known',
    'Remove it or correct its spelling; docs/tenant-file.md and docs/manifests.md list the fields.',
  ],
  FIELD_MISSING: [
    'finding',
    'A required field is missing',
    'Add it; docs/tenant-file.md and docs/manifests.md list the fields.',
  ],
  FIELD_INVALID: ['finding', 'A field has a value that it may not have', 'Correct the value as the message says.'],
  ORGANISATION_NUMBER_INVALID: [
    'finding',
    'An organisation number is wrong',
    'It has nine digits, the last being a check digit (modulus 11). Look it up in Enhetsregisteret.',
  ],

  KEY_FILE_UNSUPPORTED: [
    'finding',
    'The key file has an unknown form',
    'Give a PKCS#12 file (.p12, .pfx), or a PEM or DER private key together with --chain.',
  ],
  PASSPHRASE_WRONG: ['finding', 'The passphrase does not open the key file', 'Check the passphrase and the file.'],
  KEY_MISSING: ['finding', 'The key file holds no private key', 'Give the file that holds the private key.'],
  KEY_AMBIGUOUS: [
    'finding',
    'The key file holds several private keys',
    'Export the one key that belongs to the certificate into a file of its own.',
  ],
  CERTIFICATE_MISSING: [
    'finding',
    'There is no certificate for the key',
    'Give the certificate chain with --chain, or a PKCS#12 file that holds it.',
  ],
  KEY_NOT_RSA: [
    'finding',
    'The key is not an RSA key',
    'Digdir accepts RSA only for client authentication: order a business certificate with an RSA key.',
  ],
  KEY_SIZE_UNSUPPORTED: [
    'finding',
    'The key has a size that Cloud KMS does not import',
    'Order a business certificate with an RSA key of 2048, 3072 or 4096 bits.',
  ],
  KEY_CERTIFICATE_MISMATCH: [
    'finding',
    'The private key does not belong to the certificate',
    'Give the key and the certificate of the same order. Signing certificates and encipherment certificates have different keys.',
  ],

  CERTIFICATE_UNREADABLE: ['finding', 'A certificate cannot be read', 'Give X.509 certificates as PEM or DER.'],
  CERTIFICATE_EXPIRED: ['finding', 'The certificate has expired', 'Order a new business certificate.'],
  CERTIFICATE_NOT_YET_VALID: [
    'finding',
    'The certificate is not valid yet',
    'Wait until it is, or check the clock of this machine.',
  ],
  CERTIFICATE_SELF_SIGNED: [
    'finding',
    'The certificate is self-signed',
    'Digdir accepts business certificates of Buypass and Commfides; order one there.',
  ],
  CERTIFICATE_KEY_USAGE_ABSENT: [
    'finding',
    'The certificate has no key usage extension',
    'Digdir requires it. Order a business certificate of Buypass or Commfides.',
  ],
  CERTIFICATE_KEY_USAGE_NOT_CRITICAL: [
    'finding',
    'The key usage extension of the certificate is not critical',
    'Digdir requires that it is. Order a business certificate of Buypass or Commfides.',
  ],
  CERTIFICATE_CRITICAL_EXTENSION: [
    'finding',
    'The certificate has a critical extension that Digdir refuses',
    'Only key usage and basic constraints may be critical. Order a business certificate of Buypass or Commfides.',
  ],
  CERTIFICATE_POLICY: [
    'finding',
    'The certificate has none of the accepted policies',
    'It is not a business certificate (virksomhetssertifikat) of the environment. Order one at Buypass or Commfides.',
  ],
  CERTIFICATE_ORGANISATION_ABSENT: [
    'finding',
    'The certificate names no organisation number',
    'A business certificate carries it in its subject. Order one at Buypass or Commfides.',
  ],
  CERTIFICATE_ORGANISATION_OTHER: [
    'finding',
    'The certificate belongs to another organisation',
    "Give the certificate of the tenant file's organisation, or correct the organisation number there.",
  ],
  CERTIFICATE_ENVIRONMENT: [
    'finding',
    'The certificate is for another environment',
    'Digdir refuses production certificates in test, and the reverse. Give a certificate of the right environment, or correct `environment`.',
  ],
  CERTIFICATE_ISSUER_UNKNOWN: [
    'finding',
    'The certificate was issued by an authority that Digdir does not accept',
    'Order a business certificate of Buypass or Commfides for the environment.',
  ],
  CHAIN_INTERMEDIATE_MISSING: [
    'finding',
    'The chain lacks the certificate of the issuer',
    "Add the authority's intermediate certificate to the PKCS#12 file or to --chain; the authority publishes it on its web site.",
  ],
  CHAIN_BROKEN: [
    'finding',
    'The certificates do not form one chain',
    'Give the leaf and the certificates of its issuers only.',
  ],
  CHAIN_REORDERED: ['notice', 'The chain was put in order', 'Nothing: leaf first is what the assertion needs.'],
  CERTIFICATE_ROOTS_UNCONFIGURED: [
    'notice',
    'The chain was not checked against root certificates',
    'Set DIGDIR_CERTIFICATE_ROOTS to the PEM roots of the environment to have it checked.',
  ],
  CERTIFICATE_EXPIRES_SOON: ['notice', 'The certificate expires soon', 'Order its successor now.'],
} as const satisfies Record<string, Entry>;
