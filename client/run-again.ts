/** The command that does again what did not come about. */

import { texts } from './call.ts';
import type { Call } from './call.ts';
import { connection, given } from './given-options.ts';
import { fileOf } from './manifests-input.ts';
import { word } from './shell.ts';

/** Files that a command line has room for; when there are more, the whole is as quick to say, and does no harm. */
const mostFiles = 20;

/** `places`: where the clients are declared that it did not come about for. The line of a shell, or nothing. */
export function runAgain(call: Call, command: string, places: readonly string[]): string | undefined {
  if (places.length === 0) return undefined;
  const files = [...new Set(places.map(fileOf))].sort();
  const words = files.length > mostFiles ? texts(call, 'file') : files;
  const options = given(call, ['tenant', 'by', ...connection]);
  return `digdir ${command} -f ${words.map(word).join(' ')}${options}`;
}
