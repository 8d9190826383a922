/** `digdir onboard` inside the test's process: the code of the command from its options on, with its output kept. */

import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { onboard } from '../../client/commands/onboard.ts';
import { adminClientWorkflowId } from '../../domain/names.ts';
import { writeKeyFiles } from '../../local/authority/key-files.ts';
import type { KeyFileForm } from '../../local/authority/key-files.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { testTemporal } from '../environment.ts';
import { organisation } from '../onboarding.ts';
import type { TestWorld } from '../world.ts';

/** What a person has at hand who onboards: a tenant file and a key file, for a client that Digdir knows. */
export type Case = {
  readonly tenant: string;
  readonly workflowId: string;
  readonly issued: IssuedCertificate;
  /** Options of the command, as commander gives them. */
  readonly options: Readonly<Record<string, unknown>>;
};

type CaseOptions = {
  readonly form?: KeyFileForm;
  readonly keySize?: 2048 | 3072 | 4096;
  readonly passphrase?: string;
  readonly protectionLevel?: 'software' | 'hsm';
};

export async function prepareCase(world: TestWorld, options: CaseOptions = {}): Promise<Case> {
  const { form = 'pkcs12-openssl', keySize = 2048, passphrase = 'hemmelig', protectionLevel = 'software' } = options;
  const { cloud } = world;
  const tenant = `t${randomUUID().slice(0, 8)}`;
  const folder = join(cloud.folder, 'tenants', tenant);
  await mkdir(folder, { recursive: true });
  const issued = await cloud.authority.issue({ organisation, keySize });
  const { key } = await writeKeyFiles(folder, issued, form, passphrase);
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const clientId = randomUUID();
  const scopes = ['idporten:dcr.write', 'idporten:dcr.read'];
  cloud.digdir.registerAdminClient({ clientId, organisation, scopes });
  const google = { project: cloud.google.project.id, location: 'europe-north1', keyRing: tenant, protectionLevel };
  const platform = `serviceAccount:${cloud.accounts.platform}`;
  const clients = { maskinporten: { clientId, scopes } };
  const file = await write(
    'tenant.yaml',
    stringify({ tenant, environment: 'local', organisation, google, platform, clients }),
  );
  return {
    tenant,
    workflowId: adminClientWorkflowId({ tenant, environment: 'local', kind: 'maskinporten' }),
    issued,
    options: {
      file,
      keyFile: key,
      ...(form.startsWith('pkcs12') ? {} : { chain: await write('chain.pem', issued.chain.join('')) }),
      passphraseFile: await write('passphrase', `${passphrase}\n`),
      by: 'per',
      wait: true,
    },
  };
}

export type OnboardCall = {
  readonly exitCode: Promise<number>;
  /** Everything on stdout and stderr so far. */
  written(): { readonly stdout: string; readonly stderr: string };
  /** Resolves when stderr so far matches. */
  said(pattern: RegExp): Promise<void>;
};

/** Runs the command as JSON, as the cloud's person, against the shared Temporal server. */
export async function callOnboard(world: TestWorld, { options }: Case): Promise<OnboardCall> {
  const { address, namespace } = await testTemporal();
  const written = { stdout: '', stderr: '' };
  const lines = new EventEmitter();
  const output = {
    data: (text: string) => {
      written.stdout += text;
    },
    say: (line: string) => {
      written.stderr += `${line}\n`;
      lines.emit('line');
    },
    json: true,
    interactive: false,
    live: false,
    terminal: false,
  };
  const exitCode = onboard({
    arguments: [],
    options: { ...options, temporal: address, namespace },
    environment: { ...world.cloud.variables, DIGDIR_TASK_QUEUE_PREFIX: world.prefix },
    output,
  });
  const over = exitCode.then(() => {
    throw new Error(`The command ended before it said so:\n${written.stderr}`);
  });
  over.catch(() => undefined);
  return {
    exitCode,
    written: () => ({ ...written }),
    async said(pattern) {
      while (!pattern.test(written.stderr)) await Promise.race([once(lines, 'line'), over]);
    },
  };
}
