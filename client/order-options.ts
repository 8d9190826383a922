/** The options that `onboard` and `rotate-certificate` have in common, as the inputs of orders. */

import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { secondsOf } from '../documents/durations.ts';
import { defaultPace } from '../domain/onboarding.ts';
import { Refusal } from '../domain/refusal.ts';
import { clientKinds } from '../domain/tenant.ts';
import type { ClientKind, ExistingResources } from '../domain/tenant.ts';
import { flag, option, requiredOption } from './call.ts';
import type { Call } from './call.ts';
import type { OrderInputs } from './orders.ts';
import { askPassphrase, personName } from './person.ts';
import { readRoots } from './roots.ts';

/** Reads no document yet but the root certificates. Throws USAGE when options contradict one another. */
export async function readOrderInputs(call: Call): Promise<OrderInputs> {
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
    pace: { ...defaultPace, propagation: readPropagation(option(call, 'propagation')) },
    now: new Date(),
  };
}

function readKind(text: string | undefined): ClientKind | undefined {
  if (text === undefined) return undefined;
  const kind = clientKinds.find((known) => known === text);
  if (!kind) throw new Refusal('USAGE', `--client is ${clientKinds.join(' or ')}, not ${JSON.stringify(text)}`);
  return kind;
}

function readPropagation(text: string | undefined): number {
  if (text === undefined) return defaultPace.propagation;
  const seconds = secondsOf(text);
  if (seconds) return seconds;
  throw new Refusal('USAGE', `--propagation is a time as in 90s, 15m or 2h, not ${JSON.stringify(text)}`);
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
