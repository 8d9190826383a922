/** `digdir credentials`: an application's credentials from Secret Manager, in the form that it takes them. */

import { resolve } from 'node:path';
import { clientTitle } from '../../domain/client-names.ts';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import { Refusal } from '../../domain/refusal.ts';
import { flag, numberOption, option } from '../call.ts';
import type { Call } from '../call.ts';
import { readPublished, withCallerSecrets } from '../caller-secrets.ts';
import { readReference } from '../client-reference.ts';
import { writeCredentialFiles } from '../credential-files.ts';
import { envText, jsonText, kubernetesSecretName, kubernetesText, redacted } from '../credential-formats.ts';
import { writeJson } from '../output.ts';

const formats = ['env', 'files', 'kubernetes', 'json'] as const;
type Format = (typeof formats)[number];

type Wish = {
  readonly format: Format;
  readonly redact: boolean;
  readonly folder?: string;
  readonly secretName?: string;
};

export async function credentials(call: Call): Promise<number> {
  const wish = readWish(call);
  const version = numberOption(call, 'version');
  const reference = await readReference(call);
  const published = await withCallerSecrets(
    call.environment,
    reference,
    async (secrets) => await readPublished(secrets, reference, version),
  );
  call.output.say(`${clientTitle(reference.client)}: version ${published.version} of the credentials`);
  const variables = wish.redact ? redacted(published.variables) : published.variables;
  if (wish.format === 'files')
    await writeFiles(call, wish.folder ?? reference.client.kind, variables, published.version);
  else call.output.data(textOf(wish, variables, reference.client));
  return 0;
}

/** What is asked for. Throws USAGE when options contradict one another, or a secret would be shown unasked. */
function readWish(call: Call): Wish {
  const format = readFormat(call);
  const redact = flag(call, 'redact') || !flag(call, 'secret');
  const [folder, secretName] = [option(call, 'folder'), option(call, 'name')];
  if (folder !== undefined && format !== 'files') throw new Refusal('USAGE', '--folder is for --format files');
  if (secretName !== undefined && format !== 'kubernetes')
    throw new Refusal('USAGE', '--name is for --format kubernetes');
  if (redact && format === 'files') throw new Refusal('USAGE', 'files without the private key are of no use');
  if (format !== 'files' && call.output.terminal && !redact && !flag(call, 'show')) {
    const message = 'this would show a private key on the screen: redirect it, or give --redact or --show';
    throw new Refusal('USAGE', message);
  }
  if (secretName !== undefined && !/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(secretName)) {
    throw new Refusal('USAGE', `--name is the name of a Kubernetes secret, not ${JSON.stringify(secretName)}`);
  }
  return {
    format,
    redact,
    ...(folder === undefined ? {} : { folder }),
    ...(secretName === undefined ? {} : { secretName }),
  };
}

/** `--json` is a format where none is given; of two that write to stdout one is meant. */
function readFormat(call: Call): Format {
  const text = option(call, 'format') ?? (call.output.json ? 'json' : undefined);
  const format = formats.find((known) => known === text);
  if (!format) {
    const fault = text === undefined ? 'is required' : `cannot be ${JSON.stringify(text)}`;
    throw new Refusal('USAGE', `--format ${fault}: give ${formats.join(', ')}`);
  }
  if (call.output.json && (format === 'env' || format === 'kubernetes')) {
    throw new Refusal('USAGE', `--format ${format} is no JSON: leave out --json`);
  }
  return format;
}

function textOf({ format, secretName }: Wish, variables: Readonly<Record<string, string>>, client: OAuthClientName) {
  if (format === 'env') return envText(variables);
  if (format === 'json') return jsonText(variables);
  return kubernetesText(variables, client, secretName ?? kubernetesSecretName(client));
}

async function writeFiles(
  { output }: Call,
  folder: string,
  variables: Readonly<Record<string, string>>,
  version: number,
): Promise<void> {
  const { files, removed, open } = await writeCredentialFiles(resolve(folder), variables);
  if (open) output.say(`others may look into ${folder}: chmod 700 ${folder} (the files are for you alone)`);
  for (const file of removed) output.say(`removed ${file}, a variable that there is no longer`);
  if (output.json) writeJson(output, { version, files, removed });
  else output.data(files.join('\n'));
}
