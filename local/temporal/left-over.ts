/** The note beside the database that says which server runs on it, so that one left by a killed run is ended. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { WorldFault } from '../world-fault.ts';
import { endForeign, startOf } from './process.ts';

const running = z.object({ pid: z.number(), start: z.string().optional() });
const note = z.object({ server: running, owner: running, address: z.string() });

const noteFile = (folder: string): string => join(folder, 'temporal.json');

/** Notes the server that now runs on the folder, and this process as the one that answers for it. */
export async function noteServer(folder: string, pid: number, address: string): Promise<void> {
  const server = { pid, start: await startOf(pid) };
  const owner = { pid: process.pid, start: await startOf(process.pid) };
  await writeFile(noteFile(folder), `${JSON.stringify({ server, owner, address })}\n`);
}

export async function removeNote(folder: string): Promise<void> {
  await rm(noteFile(folder), { force: true });
}

/**
 * Ends the server of a run that was killed: only when the process of that number also started when the note says.
 * Rejects when the one who started it is still there, since two servers cannot share a database.
 */
export async function endLeftOver(folder: string, say: (line: string) => void): Promise<void> {
  const noted = note.safeParse(await readJson(noteFile(folder)));
  if (!noted.success) return;
  const { server, owner, address } = noted.data;
  if (!(await isAlive(server))) return;
  if (await isAlive(owner)) {
    throw new WorldFault(
      `A Temporal server at ${address} already runs on ${folder}, started by process ${owner.pid}: stop that one first, or use another folder.`,
    );
  }
  say(`Temporal: ending the server that a killed run left behind (process ${server.pid})`);
  await endForeign(server.pid, server.start ?? '');
  await removeNote(folder);
}

async function isAlive(process: z.infer<typeof running>): Promise<boolean> {
  return process.start !== undefined && (await startOf(process.pid)) === process.start;
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}
