/** Failure codes: what goes wrong before or around a run: usage, connections, the unexpected. */

import type { Entry } from './entry.ts';

export const commandFailures = {
  USAGE: ['usage', 'The command was called wrongly', 'See `digdir --help` or `digdir COMMAND --help`.'],
  NOT_CONFIRMED: ['ended', 'It was not confirmed', 'Nothing was done: run the command again when it is wanted.'],
  PASSPHRASE_MISSING: [
    'usage',
    'The key file needs a passphrase',
    'Give it with --passphrase-file FILE, --passphrase-stdin, or at the prompt of a terminal. It is never taken from a flag or an environment variable.',
  ],
  NO_WORKER: [
    'passing',
    'No worker answers on a task queue',
    'Start one with `digdir worker` (all three roles) or the deployment of the role that is named, then run the command again.',
  ],
  TEMPORAL_UNREACHABLE: [
    'passing',
    'Temporal cannot be reached',
    'Check the address and credentials (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_…), or start the local world with `digdir dev`.',
  ],
  WORLD_NOT_STARTED: [
    'refused',
    'The local world cannot be started',
    'Mend what is named, then run the command again.',
  ],
  GOOGLE_CREDENTIALS_MISSING: [
    'refused',
    'There are no Google credentials',
    'Run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a credentials file; on Google Cloud, give the machine a service account.',
  ],
  UNEXPECTED: [
    'defect',
    'Something unexpected happened',
    'Report it with the message and, where there is one, the workflow id.',
  ],
} as const satisfies Record<string, Entry>;
