/** `digdir worker`: the worker, as `npm run worker` starts it. */

import { extname } from 'node:path';

/** Runs until the process is told to stop. */
export async function worker(): Promise<number> {
  await import(`../../worker/main${extname(import.meta.filename)}`);
  return 0;
}
