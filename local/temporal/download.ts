/**
 * The CLI from Temporal's own download site, asked in the way of the SDKs (sdk-core, `ephemeral_server`): the site
 * first tells the archive's address and the file in it, then the archive is fetched.
 */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { promisify } from 'node:util';
import { z } from 'zod';
import { CLI_VERSION } from './executable.ts';

const run = promisify(execFile);

const SITE = 'https://temporal.download';

const downloadInfo = z.object({ archiveUrl: z.url(), fileToExtract: z.string().min(1) });

/** Where a network swallows packets, the next source should have its turn soon. */
const ANSWER_WITHIN = 10_000;
const DOWNLOAD_WITHIN = 10 * 60_000;

/** Puts the executable into `folder` and resolves to its path. Rejects where the site cannot be reached. */
export async function downloadCli(folder: string, say: (line: string) => void, site = SITE): Promise<string> {
  const address = `${site}/cli/${CLI_VERSION}?${new URLSearchParams(platformQuery()).toString()}`;
  say(`Temporal: asking ${address}`);
  try {
    const answer = await fetchOk(address, ANSWER_WITHIN);
    const { archiveUrl, fileToExtract } = downloadInfo.parse(await answer.json());
    const archive = join(folder, 'archive.tar.gz');
    await saveWithProgress(await fetchOk(archiveUrl, DOWNLOAD_WITHIN), archive, say);
    await run('tar', ['-xzf', archive, '-C', folder, fileToExtract]);
    return join(folder, fileToExtract);
  } catch (error) {
    throw new Error(`the download site ${site} did not deliver: ${rootMessage(error)}`, { cause: error });
  }
}

function platformQuery(): Record<string, string> {
  const platforms: Partial<Record<NodeJS.Platform, string>> = { darwin: 'darwin', win32: 'windows', linux: 'linux' };
  const platform = platforms[process.platform];
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  if (!platform || !arch) throw new Error(`there is no Temporal CLI for ${process.platform} on ${process.arch}`);
  return { arch, platform, format: 'tar.gz' };
}

async function fetchOk(address: string, within: number): Promise<Response> {
  const answer = await fetch(address, { signal: AbortSignal.timeout(within) });
  if (!answer.ok) throw new Error(`${new URL(address).host} answered ${answer.status}`);
  return answer;
}

async function saveWithProgress(answer: Response, file: string, say: (line: string) => void): Promise<void> {
  if (!answer.body) throw new Error('the archive is empty');
  const total = Number(answer.headers.get('content-length') ?? 0);
  let received = 0;
  let told = 0;
  const progress = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length;
      const tenth = total > 0 ? Math.floor((received / total) * 10) : 0;
      if (tenth > told) {
        told = tenth;
        say(`Temporal: downloaded ${tenth * 10} % of ${Math.round(total / 1_000_000)} MB`);
      }
      done(null, chunk);
    },
  });
  const body = Readable.fromWeb(answer.body as ReadableStream<Uint8Array>);
  await pipeline(body, progress, createWriteStream(file));
}

/** `fetch failed` says nothing; its innermost cause does. */
function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? rootMessage(error.cause) : error.message;
}
