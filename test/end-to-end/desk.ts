/** The desk of a person who operates admin clients: `digdir` as it is typed, inside the test's process, and their files. */

import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { copyFile, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { stringify } from 'yaml';
import { main } from '../../client/main.ts';
import { adminClientWorkflowId } from '../../domain/names.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { writeKeyFiles } from '../../local/authority/key-files.ts';
import { statusQuery } from '../../workflows/messages.ts';
import { testTemporal } from '../environment.ts';
import type { TestWorld } from '../world.ts';

export type Said = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type Running = {
  readonly ended: Promise<Said>;
  /** Resolves when stderr so far matches; rejects when the command ends before. */
  said(pattern: RegExp): Promise<void>;
};

export type Desk = {
  readonly workflowId: string;
  /** Starts a command as Per; words that name a file of the desk are looked for there. */
  readonly run: (words: readonly string[], by?: string) => Running;
  /** The same to its end. */
  readonly digdir: (...words: readonly string[]) => Promise<Said>;
  /** Writes a PKCS#12 file; its passphrase is in the file `passphrase`. */
  readonly keyFile: (name: string, issued: IssuedCertificate) => Promise<void>;
  readonly write: (name: string, text: string) => Promise<void>;
  /** Writes `tenant.yaml` anew, with these fields changed. */
  readonly tenantFile: (changes: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Kari approves what is awaited at the gate, once it is. */
  readonly approve: (gate: string, ...more: readonly string[]) => Promise<Said>;
  /** Digest of what the client's run awaits a decision about at the gate, once it does. */
  readonly awaited: (gate: string) => Promise<string>;
};

const passphrase = 'hemmelig';
const isFile = /\.(yaml|p12|pem)$|^passphrase$/;

/** `request` says who the tenant is, as in its tenant file. */
export async function createDesk(world: TestWorld, request: OnboardingRequest): Promise<Desk> {
  const { address, namespace } = await testTemporal();
  const folder = await mkdtemp(join(world.cloud.folder, 'desk-'));
  const { tenant, environment, organisation, google, platform, kind, client } = request;
  const { project, location, keyRing } = google;
  const workflowId = adminClientWorkflowId(request);
  const variables = {
    ...world.cloud.variables,
    DIGDIR_TASK_QUEUE_PREFIX: world.prefix,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
  };

  const write = async (name: string, text: string) => await writeFile(join(folder, name), text);
  const run = (words: readonly string[], by = 'per'): Running => {
    const written = { stdout: '', stderr: '' };
    const lines = new EventEmitter();
    const speak = ({ json }: { readonly json: boolean }) => ({
      data: (text: string) => {
        written.stdout += text.endsWith('\n') ? text : `${text}\n`;
      },
      say: (line: string) => {
        written.stderr += `${line}\n`;
        lines.emit('line');
      },
      json,
      interactive: false,
      live: false,
      terminal: false,
    });
    const placed = words.map((word) => (isFile.test(word) ? join(folder, word) : word));
    const ended = main(placed, { ...variables, DIGDIR_BY: by }, speak).then((code) => ({ code, ...written }));
    const over = ended.then(() => {
      throw new Error(`The command ended before it said so:\n${written.stdout}\n${written.stderr}`);
    });
    over.catch(() => undefined);
    return {
      ended,
      async said(pattern) {
        while (!pattern.test(written.stderr)) await Promise.race([once(lines, 'line'), over]);
      },
    };
  };
  const desk: Desk = {
    workflowId,
    run,
    digdir: async (...words) => await run(words).ended,
    write,
    keyFile: async (name, issued) => {
      const { key } = await writeKeyFiles(folder, issued, 'pkcs12-3des', passphrase);
      await copyFile(key, join(folder, name));
    },
    tenantFile: async (changes) => {
      const { clientId, scopes, assertion } = client;
      const clients = { [kind]: { clientId, scopes, assertion } };
      const fields = { tenant, environment, organisation, google: { project, location, keyRing }, platform, clients };
      await write('tenant.yaml', stringify({ ...fields, ...changes }));
    },
    awaited: async (gate) => {
      await reached(world.client.workflow.getHandle(workflowId), gate);
      const { stdout } = await desk.digdir('approvals', '--json');
      const { approvals } = JSON.parse(stdout) as { readonly approvals: readonly Approval[] };
      const found = approvals.find((one) => one.workflowId === workflowId && one.gate === gate);
      return found?.digest ?? assert.fail(`approvals does not list what waits at ${gate}: ${stdout}`);
    },
    approve: async (gate, ...more) => {
      const digest = await desk.awaited(gate);
      const words = [
        'approve',
        workflowId,
        '--gate',
        gate,
        '--digest',
        digest,
        '--reason',
        'seen and checked',
        ...more,
      ];
      return await run(words, 'kari').ended;
    },
  };
  await write('passphrase', `${passphrase}\n`);
  return desk;
}

/** The run may not be there yet; the one before it waits for nobody. */
async function reached(handle: WorkflowHandle, gate: string): Promise<void> {
  for (;;) {
    const status = await handle.query(statusQuery).catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
    if (status?.awaiting?.what === 'decision' && status.awaiting.gate === gate) return;
    await setTimeout(50);
  }
}

type Approval = { readonly workflowId: string; readonly gate: string; readonly digest: string };
