/** `digdir onboard`: its options become inputs, and what came of it becomes YAML or JSON on stdout. */

import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { describeFinding } from '../../domain/failures.ts';
import { defaultPace } from '../../domain/onboarding.ts';
import { Refusal } from '../../domain/refusal.ts';
import { clientKinds } from '../../domain/tenant.ts';
import type { ClientKind, ExistingResources } from '../../domain/tenant.ts';
import { callerKms } from '../caller-kms.ts';
import { flag, option, requiredOption } from '../call.ts';
import type { Call } from '../call.ts';
import { withTemporal } from '../connect.ts';
import type { Temporal } from '../connect.ts';
import { failureDocument, failureLines } from '../failure.ts';
import type { OnboardInputs } from '../inputs.ts';
import { runOnboard } from '../onboarding.ts';
import { writeJson } from '../output.ts';
import { askPassphrase, personName } from '../person.ts';
import { planText } from '../plan-text.ts';
import { runPreview } from '../preview.ts';
import { readRoots } from '../roots.ts';
import type { ClientRun } from '../run-end.ts';

export async function onboard(call: Call): Promise<number> {
  const inputs = await readInputs(call);
  return await withTemporal(call, async (temporal) =>
    flag(call, 'plan') ? await plan(call, inputs, temporal) : await run(call, inputs, temporal),
  );
}

async function run(call: Call, inputs: OnboardInputs, { client, prefix, ui }: Temporal): Promise<number> {
  const kms = callerKms(call.environment);
  const interrupted = new AbortController();
  const leave = () => interrupted.abort();
  // Not `once`: what restores the cursor ends the process when it finds itself the only listener.
  process.on('SIGINT', leave);
  try {
    const { output } = call;
    const ways = { client, prefix, kms: kms.open, output, wait: flag(call, 'wait'), signal: interrupted.signal };
    const { exitCode, runs, findings } = await runOnboard({ inputs, ...ways, ...(ui ? { ui } : {}) });
    if (output.json) writeJson(output, { findings, clients: runs.map(runDocument) });
    else if (runs.some(handoverOf)) output.data(runs.map(handoverOf).join(''));
    return exitCode;
  } finally {
    process.off('SIGINT', leave);
    await kms.close();
  }
}

async function plan(call: Call, inputs: OnboardInputs, { client, prefix }: Temporal): Promise<number> {
  const { output } = call;
  const { exitCode, previews, findings } = await runPreview({ inputs, client, prefix });
  for (const finding of [...findings, ...previews.flatMap(({ notices }) => notices)])
    output.say(describeFinding(finding));
  for (const { failure } of previews) for (const line of failure ? failureLines(failure) : []) output.say(line);
  const planned = previews.filter(({ failure }) => !failure);
  if (output.json) {
    const clients = previews.map(({ failure, ...rest }) => ({
      ...rest,
      ...(failure ? { failure: failureDocument(failure) } : {}),
    }));
    writeJson(output, { findings, clients });
  } else if (planned.length > 0) output.data(planned.map(planText).join('\n'));
  return exitCode;
}

/** A client's blocks of the YAML; those of several clients make one document. */
const handoverOf = ({ end }: ClientRun): string => {
  const yaml = end.state === 'ended' ? end.result.handover?.yaml : undefined;
  return yaml === undefined || yaml.endsWith('\n') ? (yaml ?? '') : `${yaml}\n`;
};

function runDocument({ end, ...run }: ClientRun) {
  if (end.state === 'ended') return { ...run, state: end.state, result: end.result };
  if (end.state === 'failed') return { ...run, state: end.state, failure: failureDocument(end) };
  return { ...run, ...end };
}

async function readInputs(call: Call): Promise<OnboardInputs> {
  const only = readKind(option(call, 'client'));
  const adopt = option(call, 'adopt');
  const existing = readExisting(call, only);
  return {
    tenantFile: requiredOption(call, 'file'),
    ...(only ? { only } : {}),
    keyFiles: perClient(call, 'keyFile'),
    chains: perClient(call, 'chain'),
    passphrase: passphraseSource(call),
    ...(adopt === undefined ? {} : { adopt }),
    ...(existing ? { existing } : {}),
    roots: await readRoots(call.environment.DIGDIR_CERTIFICATE_ROOTS),
    requestedBy: personName(option(call, 'by'), call.environment),
    pace: defaultPace,
    now: new Date(),
  };
}

function readKind(text: string | undefined): ClientKind | undefined {
  if (text === undefined) return undefined;
  const kind = clientKinds.find((known) => known === text);
  if (!kind) throw new Refusal('USAGE', `--client is ${clientKinds.join(' or ')}, not ${JSON.stringify(text)}`);
  return kind;
}

function perClient(call: Call, name: string): Partial<Record<ClientKind | 'all', string>> {
  const given = [
    ['all', option(call, name)],
    ['maskinporten', option(call, `${name}Maskinporten`)],
    ['idporten', option(call, `${name}Idporten`)],
  ].filter(([, path]) => path !== undefined);
  return Object.fromEntries(given) as Partial<Record<ClientKind | 'all', string>>;
}

function readExisting(call: Call, only: ClientKind | undefined): ExistingResources | undefined {
  const given = (['keyVersion', 'chainVersion', 'clientIdVersion'] as const).flatMap((name) => {
    const value = option(call, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  if (given.length === 0) return undefined;
  if (!only) throw new Refusal('USAGE', 'resources are adopted one client at a time: say which with --client');
  return Object.fromEntries(given);
}

/** Where the passphrase comes from; it is read once, and each key file is given a copy of its own. */
function passphraseSource(call: Call): (keyFile: string) => Promise<Buffer | undefined> {
  const file = option(call, 'passphraseFile');
  const stdin = flag(call, 'passphraseStdin');
  if (file !== undefined && stdin) throw new Refusal('USAGE', 'give --passphrase-file or --passphrase-stdin, not both');
  let read: Promise<Buffer> | undefined;
  const known = new Map<string, Buffer | undefined>();
  return async (keyFile) => {
    if (file !== undefined) return firstLine(await readPassphraseFile(file));
    if (stdin) return firstLine(await (read ??= buffer(process.stdin)));
    if (!call.output.interactive) return undefined;
    if (!known.has(keyFile)) known.set(keyFile, await askPassphrase(`Passphrase of ${keyFile}: `));
    const passphrase = known.get(keyFile);
    return passphrase && Buffer.from(passphrase);
  };
}

const readPassphraseFile = async (file: string): Promise<Buffer> =>
  await readFile(file).catch(() => {
    throw new Refusal('FILE_UNREADABLE', file);
  });

/** A copy up to the first line break, which editors and `echo` leave behind. */
function firstLine(bytes: Buffer): Buffer {
  const end = bytes.findIndex((byte) => byte === 0x0a || byte === 0x0d);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end));
}
