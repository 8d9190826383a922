/** What a person, or a program, is told of a pass of the watch. */

import { describeFinding } from '../domain/failures.ts';
import type { WatchResult } from '../domain/watch.ts';
import { writeJson } from './output.ts';
import type { Output } from './output.ts';
import { partlyExitCode } from './run-end.ts';

/** Tells the exit code: 9 when a notice was not delivered, a renewal not started, or something is left. */
export function reportWatch(output: Output, result: WatchResult): number {
  const { notices, renewals, findings, postponed, webhook, items, overdue } = result;
  if (output.json) writeJson(output, result);
  else {
    output.data(`${items} things expire some day, ${overdue} of them are overdue (digdir expiry lists them).`);
    for (const { what, outcome } of renewals) output.data(`renewal ${outcome}: ${what}`);
    for (const { id, outcome } of notices) output.data(`notice ${outcome}: ${id}`);
  }
  for (const { what, code, message } of renewals) if (code) output.say(`${what}: ${message ?? ''} [${code}]`);
  for (const { id, code, message } of notices) if (code) output.say(`${id}: ${message ?? ''} [${code}]`);
  for (const finding of findings) output.say(describeFinding(finding));
  if (postponed > 0) output.say(`${postponed} are left to the next pass.`);
  if (!webhook) {
    output.say('No webhook is set (DIGDIR_NOTICE_WEBHOOK of the workers): notices reach their audit log alone.');
  }
  const isPartly =
    postponed > 0 ||
    notices.some(({ outcome }) => outcome === 'undelivered') ||
    renewals.some(({ outcome }) => outcome === 'failed');
  return isPartly ? partlyExitCode : 0;
}
