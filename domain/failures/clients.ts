/** Failure codes: what stands in the way of an application's client. */

import type { Entry } from './entry.ts';

export const clientsFailures = {
  ADMIN_CLIENT_MISSING: [
    'finding',
    'The admin client that administers clients of this kind is not onboarded',
    'Run `digdir onboard` for it first, until it says onboarded.',
  ],
  ADMIN_KEY_OUT_OF_USE: [
    'refused',
    'The key of the admin client that administers clients of this kind is out of use',
    'Have the certificate replaced as the message says (docs/rotation.md), then run the command again.',
  ],
  CLIENT_UNKNOWN: [
    'finding',
    'There is no such client on record',
    'Check namespace, name, tenant and environment, or declare it and run `digdir apply`.',
  ],
  CLIENT_GONE: [
    'finding',
    'The client is gone at Digdir',
    'Run `digdir apply` with its manifest: it is registered anew, with a new client id and a new key.',
  ],
  CLIENT_DUPLICATE: [
    'refused',
    'Several clients at Digdir bear the mark of this one',
    'Find out which one is used, delete the others at Digdir (or change their description), and run the command again.',
  ],
  CLIENT_NOT_ADOPTABLE: [
    'finding',
    'The client at Digdir cannot be taken over for this declaration',
    'Look at `digdir adopt` without `--yes`. The client has to be active, with the mark `<cluster>:<namespace>:<name>` as its description and the declared integration type, and the declaration must not have another client already.',
  ],
  CLIENT_RECORD_BROKEN: [
    'refused',
    'The record of a client was changed by hand, and cannot be read',
    'Restore the labels and annotations of the secret; the audit log of Secret Manager has the former ones.',
  ],
  CLIENT_REFUSED: [
    'refused',
    'Digdir refuses the client as it is declared',
    'Read which field it names, and correct the manifest. Ask Digdir with the correlation id where that does not help.',
  ],
  CLIENT_NOT_AS_WRITTEN: [
    'refused',
    'Digdir returns another client than was written',
    'Ask Digdir with the client id and the field: it may not support the value.',
  ],
  CLIENT_ASKED: [
    'passing',
    'Digdir was asked to make the client a moment ago, and the answer is not known',
    'Once the request is over for certain, the client is looked for. Has the run ended? Then run the command again: it does just that.',
  ],
  CLIENT_UNFINISHED: [
    'finding',
    'Whether the client exists at Digdir is not known',
    'Run `digdir apply` with its manifest first, which finds out; then delete it.',
  ],
  CLIENT_KEYS_FULL: [
    'finding',
    'The client has as many keys as Digdir allows',
    'Acknowledge the new credentials (`digdir acknowledge`) so that old keys go, or remove keys that nobody uses at Digdir.',
  ],
  CLIENT_KEY_MISSING: [
    'refused',
    'A private key is no longer in Secret Manager',
    'Somebody disabled or destroyed the version: enable it again, or run `digdir rotate-key`.',
  ],
  CLIENT_KEY_REFUSED: [
    'passing',
    'Digdir does not accept the key of the client (yet)',
    'A new key takes up to 15 minutes to arrive. If it stays, look at the client in Digdir’s self-service.',
  ],
  CLIENT_KEY_UNPROVEN: [
    'refused',
    'It could not be told whether the key is accepted',
    'The request was refused for a reason of its own, with any key: correct what it says, and run the command again.',
  ],
  CLIENT_RECORD_LATE: [
    'passing',
    'Secret Manager shows the record of the client as it was before',
    'It is looked at again by itself, for as long as a change may take to arrive.',
  ],
  CREDENTIALS_OUTDATED: [
    'finding',
    'The consumer does not use the published credentials',
    'Deliver the published version first (`digdir credentials`); then acknowledge it.',
  ],
  CREDENTIALS_MISSING: ['finding', 'The client has no published credentials', 'Run `digdir apply` with its manifest.'],
  ADMIN_TOKEN_REFUSED: [
    'passing',
    'Digdir no longer takes the admin token',
    'A new one is fetched by itself. Has the run ended? Then run the command again.',
  ],
  IDPORTEN_METADATA_INVALID: [
    'refused',
    'The metadata of ID-porten does not fit its address',
    'Correct DIGDIR_IDPORTEN_METADATA: it has to be the issuer and /.well-known/openid-configuration.',
  ],

  SCOPE_OWNED: [
    'finding',
    'A scope belongs to somebody else',
    'Expose it under another product or name, or have its owner stop exposing it and change its description at Digdir.',
  ],
  SCOPES_ALL_MISSING: [
    'finding',
    'The organisation has access to none of the scopes that a client consumes',
    'Ask the owners of the scopes to give the organisation access, then run `digdir apply` again: Digdir registers no client without a scope.',
  ],
  SCOPE_ACCESS_MISSING: [
    'notice',
    'The organisation has no access to a scope',
    'Ask the owner of the scope to give the organisation access, then run `digdir apply` again.',
  ],
  SCOPE_CONSUMER_INVALID: [
    'notice',
    'Digdir does not know an organisation that is to have access to a scope',
    'Correct the organisation number in the manifest; all others have their access.',
  ],
  CLIENT_KEY_KEPT: [
    'notice',
    'An old key still works',
    'Once the consumer uses the new credentials: `digdir acknowledge`.',
  ],
  CLIENT_KEY_FOREIGN: ['notice', 'The client has a key that is not ours', 'Nothing, if somebody knows whose it is.'],
} as const satisfies Record<string, Entry>;
