/**
 * All commands of `digdir`, as data: what `--help` shows, and where the code of each is. Nothing but what is used is
 * loaded, so that `--help` answers at once.
 */

import type { Call } from './call.ts';

export type OptionRow = readonly [flags: string, description: string];

export type CommandRow = {
  readonly name: string;
  readonly summary: string;
  readonly arguments?: string;
  readonly options: readonly OptionRow[];
  /** Options that the command cannot do without. */
  readonly required?: readonly OptionRow[];
  /** Whether it talks to Temporal, and so takes --temporal and --namespace. */
  readonly temporal: boolean;
  /** Resolves to the exit code. */
  readonly run: (call: Call) => Promise<number>;
};

/** What every command takes. */
export const commonOptions: readonly OptionRow[] = [
  ['--json', 'write one JSON document to stdout'],
  ['--no-input', 'never ask anything'],
  ['--debug', 'show the stack of an unexpected error'],
];

export const temporalOptions: readonly OptionRow[] = [
  ['--temporal <address>', 'address of Temporal, host:port (else TEMPORAL_ADDRESS or a Temporal configuration file)'],
  ['--namespace <name>', 'namespace in Temporal (else TEMPORAL_NAMESPACE or a Temporal configuration file)'],
];

/** For commands that bring a world of their own, which asks no environment where its Temporal is. */
const worldTemporal: readonly OptionRow[] = [
  ['--temporal <address>', 'a Temporal that runs already, host:port (else the world starts one of its own)'],
  ['--namespace <name>', 'its namespace, with --temporal (else default)'],
];

const by: OptionRow = ['--by <name>', 'who you are (else DIGDIR_BY, else your user name)'];
const reason: OptionRow = ['--reason <text>', 'why; kept on record'];

const tenantOption: OptionRow = ['-t, --tenant <file>', 'the tenant file (else tenant.yaml)'];

const manifests: OptionRow = [
  '-f, --file <paths...>',
  'manifests: files, and folders that are searched for *.yaml and *.yml',
];
/** For commands that may be about hundreds of clients. */
const ofMany: readonly OptionRow[] = [
  ['--parallel <number>', 'clients at one time, 1 to 50 (else 8)'],
  ['--all', 'list the unchanged clients too, where more than 20 make a table'],
  ['--verbose', 'tell every step of every client, even of more than 5'],
];
const noWait: OptionRow = [
  '--no-wait',
  'leave when the request is accepted; when a person is awaited, with exit code 4',
];

const decisionOptions: readonly OptionRow[] = [
  ['--digest <digest>', 'digest of the plan that you decide about; required where nobody can be asked'],
  ['--id-token-file <file>', 'an OIDC ID token that proves who you are, its audience or nonce being the digest'],
  by,
];
const decisionRequired: readonly OptionRow[] = [
  ['--gate <gate>', 'the gate that you decide about: custody, registration, activation, retirement or wide'],
  reason,
];

const keyMaterial: readonly OptionRow[] = [
  ['--client <kind>', 'only this admin client: maskinporten or idporten'],
  ['--key-file <file>', 'private key: PKCS#12, PEM or DER'],
  ['--chain <file>', 'certificate chain (PEM), where the key file does not hold it'],
  ['--key-file-maskinporten <file>', 'the same, for the maskinporten client alone'],
  ['--chain-maskinporten <file>', 'the same, for the maskinporten client alone'],
  ['--key-file-idporten <file>', 'the same, for the idporten client alone'],
  ['--chain-idporten <file>', 'the same, for the idporten client alone'],
  ['--passphrase-file <file>', 'file whose first line is the passphrase of the key file'],
  ['--passphrase-stdin', 'read the passphrase from stdin'],
  ['--adopt <file>', 'YAML that names existing resources to adopt (the summary of the onboarding page)'],
  ['--key-version <name>', 'existing KMS key version to adopt (with --client)'],
  ['--chain-version <name>', 'existing secret version with the chain to adopt (with --client)'],
  ['--client-id-version <name>', 'existing secret version with the client id to adopt (with --client)'],
  ['--plan', 'show what would change, and change nothing'],
  ['--no-wait', 'leave when a person is awaited, with exit code 4'],
  ['--propagation <time>', 'how long a change at Digdir or in IAM may take to arrive (else 15m)'],
  by,
];

export const commands: readonly CommandRow[] = [
  {
    name: 'onboard',
    summary:
      'put a business certificate into custody, have it registered and activated; or attach to a running onboarding',
    required: [['-f, --file <file>', 'the tenant file']],
    options: keyMaterial,
    temporal: true,
    run: async (call) => (await import('./commands/onboard.ts')).onboard(call),
  },
  {
    name: 'rotate-certificate',
    summary: 'put another business certificate in the place of the active one; or attach to a running rotation',
    required: [['-f, --file <file>', 'the tenant file']],
    options: [
      ...keyMaterial,
      ['--until-retired', 'stay through the soak, until the old key version is out of use'],
      [
        '--compromised <serial>',
        'somebody else may have the key of the certificate with this serial number: out of use at once',
      ],
    ],
    temporal: true,
    run: async (call) => (await import('./commands/rotate-certificate.ts')).rotateCertificate(call),
  },
  {
    name: 'roll-back',
    summary: 'go back to the certificate that was active before the rotation that is under way',
    arguments: '<workflow-id>',
    required: [reason],
    options: [by],
    temporal: true,
    run: async (call) => (await import('./commands/roll-back.ts')).rollBack(call),
  },
  {
    name: 'status',
    summary: "tell how the onboarding or rotation of each admin client stands, or how an application's client does",
    arguments: '[client]',
    options: [
      ['-f, --file <file>', 'the tenant file, whose admin clients are told of where no client is given'],
      ['--workflow <id>', 'the run of one admin client (admin-client:…), instead of those of a tenant file'],
      tenantOption,
    ],
    temporal: true,
    run: async (call) => (await import('./commands/status.ts')).status(call),
  },
  {
    name: 'history',
    summary: 'tell how former runs ended, and who decided what, as Secret Manager keeps it',
    arguments: '[client]',
    options: [
      ['-f, --file <file>', 'the tenant file, whose admin clients are told of where no client is given'],
      tenantOption,
      by,
    ],
    temporal: true,
    run: async (call) => (await import('./commands/history.ts')).history(call),
  },
  {
    name: 'approvals',
    summary: 'list everything that waits for a decision',
    options: [],
    temporal: true,
    run: async (call) => (await import('./commands/approvals.ts')).approvals(call),
  },
  {
    name: 'approve',
    summary: 'approve what waits at a gate',
    arguments: '<workflow-id>',
    required: decisionRequired,
    options: [['--kid <kid>', 'the key id that Digdir gave to the registered certificate'], ...decisionOptions],
    temporal: true,
    run: async (call) => (await import('./commands/decide.ts')).decide(call, 'approve'),
  },
  {
    name: 'reject',
    summary: 'reject what waits at a gate; this ends the run, or the request for a client',
    arguments: '<workflow-id>',
    required: decisionRequired,
    options: decisionOptions,
    temporal: true,
    run: async (call) => (await import('./commands/decide.ts')).decide(call, 'reject'),
  },
  {
    name: 'withdraw',
    summary: 'end a run, or the waiting request for a client, that is no longer wanted',
    arguments: '<workflow-id>',
    required: [reason],
    options: [by],
    temporal: true,
    run: async (call) => (await import('./commands/withdraw.ts')).withdraw(call),
  },
  {
    name: 'plan',
    summary: 'show what apply would change, and change nothing',
    required: [manifests],
    options: [tenantOption, ...ofMany, by],
    temporal: true,
    run: async (call) => (await import('./commands/plan.ts')).plan(call),
  },
  {
    name: 'apply',
    summary: 'have the clients that manifests declare at Digdir, with proven credentials in Secret Manager',
    required: [manifests],
    options: [tenantOption, ...ofMany, noWait, by],
    temporal: true,
    run: async (call) => (await import('./commands/apply.ts')).apply(call),
  },
  {
    name: 'adopt',
    summary: 'take over the clients that manifests declare and somebody else made at Digdir, as digdirator does',
    required: [manifests],
    options: [['--yes', 'take over every client that is found, without asking'], tenantOption, noWait, by],
    temporal: true,
    run: async (call) => (await import('./commands/adopt.ts')).adopt(call),
  },
  {
    name: 'credentials',
    summary: "get an application's published credentials from Secret Manager, with your own Google credentials",
    arguments: '<client>',
    options: [
      ['--format <format>', 'env (for a shell to source), files (one per variable), kubernetes (a Secret) or json'],
      ['--folder <folder>', 'where files go (else the kind: idporten or maskinporten)'],
      ['--name <name>', 'name of the Kubernetes secret (else KIND-NAME, as in idporten-soknad)'],
      ['--version <number>', 'this version, instead of the newest'],
      ['--redact', 'without the private key: its public half alone'],
      ['--no-secret', 'the same'],
      ['--show', 'show the private key, even on a terminal'],
      tenantOption,
    ],
    temporal: false,
    run: async (call) => (await import('./commands/credentials.ts')).credentials(call),
  },
  {
    name: 'rotate-key',
    summary: 'give a client a new key; the old one stays as its manifest says',
    arguments: '<client>',
    options: [tenantOption, noWait, by],
    temporal: true,
    run: async (call) => (await import('./commands/rotate-key.ts')).rotateKey(call),
  },
  {
    name: 'acknowledge',
    summary: 'say that the application uses the published credentials, so that old keys go',
    arguments: '<client>',
    options: [['--version <number>', 'the version that it uses (else the published one)'], tenantOption, noWait, by],
    temporal: true,
    run: async (call) => (await import('./commands/acknowledge.ts')).acknowledge(call),
  },
  {
    name: 'delete',
    summary: 'take a client out of use at Digdir, and withdraw its credentials',
    arguments: '<client>',
    options: [['--yes', 'do not ask whether that is meant'], tenantOption, noWait, by],
    temporal: true,
    run: async (call) => (await import('./commands/delete.ts')).deleteClient(call),
  },
  {
    name: 'expiry',
    summary: 'list what expires, soonest first, with what to do; exit code 8 when something is overdue',
    required: [['-f, --file <paths...>', 'tenant files']],
    options: [by],
    temporal: true,
    run: async (call) => (await import('./commands/expiry.ts')).expiry(call),
  },
  {
    name: 'watch',
    summary:
      'have everything that expires looked at every day (install, remove), or once now (run): notices, and renewals',
    arguments: '<action>',
    required: [['-f, --file <file>', 'the tenant file']],
    options: [by],
    temporal: true,
    run: async (call) => (await import('./commands/watch.ts')).watch(call),
  },
  {
    name: 'dev',
    summary: 'start the whole world on this machine: Temporal, Google Cloud, Digdir and a worker',
    options: [['--folder <folder>', 'where the world keeps everything (else .digdir)'], ...worldTemporal],
    temporal: false,
    run: async (call) => (await import('./commands/dev.ts')).dev(call),
  },
  {
    name: 'demo',
    summary: 'onboard both admin clients of an example tenant in a world of their own, and stop',
    options: [
      ['--rotate', 'then rotate both certificates under load, and roll the next ones back; not one request may fail'],
      ['--keep', 'leave the world running, and say how to look around'],
      ...worldTemporal,
    ],
    temporal: false,
    run: async (call) => (await import('./commands/demo.ts')).demo(call),
  },
  {
    name: 'worker',
    summary: 'run the process that hosts the workflows and does their work',
    options: [],
    temporal: false,
    run: async () => (await import('./commands/worker.ts')).worker(),
  },
];
