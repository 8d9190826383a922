/** A reader who follows the runbooks in a copy of the project, with a local world in the place of Google and Digdir. */

import assert from 'node:assert/strict';
import { copyFile, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { createPlace, exportedBy, start } from './command.ts';
import type { Command, Ended } from './command.ts';

const project = join(import.meta.dirname, '..', '..');

type Variables = Readonly<Record<string, string>>;
type Approval = {
  readonly workflowId: string;
  readonly gate: string;
  readonly digest: string;
  readonly needsKid: boolean;
};

export type Reader = Awaited<ReturnType<typeof createReader>>;

/** Two people: Ola asks, and Kari decides. */
export const [ola, kari] = ['ola@example.org', 'kari@example.org'] as const;

export async function createReader() {
  const place = await createPlace();
  for (const name of await readdir(project)) {
    if (name !== '.git' && name !== '.digdir') await symlink(join(project, name), join(place.folder, name));
  }
  const started: Command[] = [];
  let variables: Variables = {};

  /** The script as the runbook calls it, in the copy. */
  const npm = (words: readonly string[], by: string = ola): Command => {
    const environment = { ...place.environment, ...variables, DIGDIR_BY: by };
    const command = start('npm', ['run', '--silent', ...words], place.folder, environment);
    started.push(command);
    return command;
  };
  const digdir = (words: readonly string[], by?: string): Command => npm(['digdir', '--', ...words], by);
  const ends = async (command: Command, code: number): Promise<Ended> => {
    const ended = await command.ended;
    assert.equal(ended.code, code, `${ended.stdout}\n${ended.stderr}`);
    return ended;
  };

  const approvals = async (): Promise<readonly Approval[]> => {
    const { stdout } = await ends(digdir(['approvals', '--json']), 0);
    return (JSON.parse(stdout) as { approvals: Approval[] }).approvals;
  };

  return {
    npm,
    digdir,
    ends,
    /** A script that looks at the project itself: with the linter and its like, a copy of links would show them nothing. */
    inProject: (words: readonly string[]): Command => {
      const command = start('npm', ['run', ...words], project, place.environment);
      started.push(command);
      return command;
    },
    /** Reads a file of variables as the shell does: later commands have them. */
    source: async (file: string): Promise<void> => {
      variables = await exportedBy(join(place.folder, file));
    },
    /** Puts a tenant file for the local world under the name of the runbook, and the key files beside it. */
    provide: async (tenant: string, kinds: readonly string[]): Promise<void> => {
      const local = join(place.folder, '.digdir', 'tenant');
      const world = parse(await readFile(join(local, 'tenant.yaml'), 'utf8')) as { clients: Record<string, unknown> };
      const clients = Object.fromEntries(kinds.map((kind) => [kind, world.clients[kind]]));
      const approval = { registration: { who: [kari] } };
      await writeFile(join(place.folder, 'tenant.yaml'), stringify({ ...world, tenant, clients, approval }));
      for (const kind of kinds) {
        await copyFile(join(local, kind, 'pkcs12-openssl.p12'), join(place.folder, `${kind}.p12`));
      }
    },
    copy: (file: string, to: string) => copyFile(join(place.folder, file), join(place.folder, to)),
    write: (file: string, text: string) => writeFile(join(place.folder, file), text),
    /** Looks until the run waits at the gate; the digest of what it waits for. */
    awaited: async (workflowId: string, gate: string): Promise<string> => {
      for (;;) {
        const found = (await approvals()).find((one) => one.workflowId === workflowId && one.gate === gate);
        if (found) return found.digest;
      }
    },
    isRunning: async (workflowId: string): Promise<boolean> => {
      const { stdout } = await ends(digdir(['status', '--workflow', workflowId, '--json']), 0);
      return (JSON.parse(stdout) as { clients: { state: string }[] }).clients[0]?.state === 'running';
    },
    /** Interrupts what still runs, newest first, and tells how each command ended. */
    leave: async (): Promise<readonly Ended[]> => {
      const ends: Ended[] = [];
      for (const command of started.toReversed()) {
        command.interrupt();
        ends.push(await command.ended);
      }
      await place.remove();
      return ends;
    },
  };
}
