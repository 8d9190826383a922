/** Commands about clients of applications inside the test's process, as a person of the world's tenant calls them. */

import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { commands } from '../../client/table.ts';
import { testTemporal } from '../environment.ts';
import { organisation } from '../onboarding.ts';
import type { TestWorld } from '../world.ts';

export type Called = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
};

export type Caller = {
  readonly folder: string;
  /** Writes a file and tells its path. */
  readonly write: (name: string, text: string) => Promise<string>;
  /** Options are as commander gives them; those of every call are filled in. `heard`: each line of stderr as it is said. */
  readonly call: (
    name: string,
    words: readonly string[],
    options?: Readonly<Record<string, unknown>>,
    heard?: (line: string) => void,
  ) => Promise<Called>;
  /** The same with `--json`: the document, and the exit code. */
  readonly ask: (
    name: string,
    words: readonly string[],
    options?: Readonly<Record<string, unknown>>,
  ) => Promise<{ readonly code: number; readonly document: Record<string, unknown> }>;
};

export async function createCaller(world: TestWorld): Promise<Caller> {
  const { address, namespace } = await testTemporal();
  const folder = await mkdtemp(join(world.cloud.folder, 'person-'));
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const tenant = await write('tenant.yaml', tenantText(world));
  const environment = { ...world.cloud.variables, DIGDIR_TASK_QUEUE_PREFIX: world.prefix };
  const run = async (
    name: string,
    words: readonly string[],
    options: object,
    json: boolean,
    heard: (line: string) => void = () => undefined,
  ): Promise<Called> => {
    const written = { stdout: '', stderr: '' };
    const output = {
      data: (text: string) => {
        written.stdout += text.endsWith('\n') ? text : `${text}\n`;
      },
      say: (line: string) => {
        written.stderr += `${line}\n`;
        heard(line);
      },
      json,
      interactive: false,
      live: false,
      terminal: false,
    };
    const row = commands.find((one) => one.name === name);
    if (!row) throw new Error(`There is no command ${name}`);
    const defaults = { tenant, by: 'per', wait: true, secret: true, temporal: address, namespace };
    const code = await row.run({ arguments: words, options: { ...defaults, ...options }, environment, output });
    return { code, ...written };
  };
  return {
    folder,
    write,
    call: async (name, words, options = {}, heard) => await run(name, words, options, false, heard),
    ask: async (name, words, options = {}) => {
      const { code, stdout } = await run(name, words, options, true);
      return { code, document: JSON.parse(stdout) as Record<string, unknown> };
    },
  };
}

function tenantText(world: TestWorld): string {
  const { cloud, tenant } = world;
  return stringify({
    tenant,
    environment: 'local',
    organisation,
    google: { project: cloud.google.project.id, location: 'europe-north1', keyRing: tenant },
    platform: `serviceAccount:${cloud.accounts.platform}`,
    clients: { idporten: { clientId: 'idporten-admin' } },
    applications: { cluster: 'dev', clientName: 'Eksempeletaten', clientURI: 'https://www.example.no' },
  });
}

/** An application that users log in to; `fields` of its `spec.idporten`. */
export const application = (name: string, fields: Readonly<Record<string, unknown>> = {}): string =>
  stringify({
    apiVersion: 'nais.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'team' },
    spec: { ingresses: [`https://${name}.example.no`], idporten: { enabled: true, ...fields } },
  });
