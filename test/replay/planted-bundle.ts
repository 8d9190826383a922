/** Workflow code with a planted change, as a bundle to replay histories with. */

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { payloadConverterPath } from '../../worker/run.ts';

const project = join(import.meta.dirname, '..', '..');

/** Temporal's rule for it. */
export const nondeterminism = /TMPRL1100/;

/** Resolves when the history goes on under this code; `history` as a file holds it. */
export const replay = (workflowBundle: WorkflowBundleOption, history: unknown, workflowId: string): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle, dataConverter: { payloadConverterPath } }, history, workflowId);

/** The bundle of a copy of the workflows, one file of which is changed. */
export async function bundleWith(file: string, change: (source: string) => string): Promise<WorkflowBundleOption> {
  const copy = await mkdtemp(join(tmpdir(), 'digdir-replay-'));
  try {
    for (const folder of ['domain', 'workflows'])
      await cp(join(project, folder), join(copy, folder), { recursive: true });
    await cp(join(project, 'package.json'), join(copy, 'package.json'));
    await symlink(join(project, 'node_modules'), join(copy, 'node_modules'));
    const path = join(copy, 'workflows', file);
    const source = await readFile(path, 'utf8');
    assert.notEqual(change(source), source, 'the change finds what it replaces');
    await writeFile(path, change(source));
    return await bundleWorkflowCode({
      workflowsPath: join(copy, 'workflows', 'index.ts'),
      payloadConverterPath: join(copy, 'workflows', 'payload-converter.ts'),
      logger: new DefaultLogger('ERROR'),
    });
  } finally {
    await rm(copy, { recursive: true });
  }
}
