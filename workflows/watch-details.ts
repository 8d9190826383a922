/** What the Temporal UI shows of a pass of the watch, in Markdown: what is due, and what was done about it. */

import type { PlannedPass } from '../activities/watch.ts';
import type { WatchResult } from '../domain/watch.ts';
import { code, list, moment, text } from './markdown.ts';

/** Lines of a kind that are shown; the rest is in the result. */
const most = 30;

export function describePass({ notices, renewals, observedAt }: PlannedPass, result: WatchResult): string {
  const outcome = (id: string) => result.notices.find((end) => end.id === id)?.outcome ?? 'to come';
  const renewal = (id: string) => result.renewals.find(({ item }) => item === id);
  const parts = [
    `## ${result.overdue} of ${result.items} overdue\n\nNothing is awaited from people here; \`digdir expiry\` lists everything.`,
    list([
      ['Looked at', moment(observedAt)],
      [
        'Notices go to',
        result.webhook ? 'the webhook, and the audit log' : '**the audit log alone**: no webhook is set',
      ],
    ]),
  ];
  const renewed = renewals.slice(0, most).map(({ id, what }): [string, string] => {
    const end = renewal(id);
    return [end?.outcome ?? 'to come', `${text(what)}${end?.message === undefined ? '' : `: ${text(end.message)}`}`];
  });
  if (renewed.length > 0) parts.push('### Renewals', list(renewed));
  const told = notices
    .slice(0, most)
    .map(({ notice }): [string, string] => [
      outcome(notice.id),
      `${text(notice.what)}, ${notice.state}, until ${moment(notice.expires)}. ${code(notice.remedy)}`,
    ]);
  if (told.length > 0) parts.push('### Notices', list(told));
  const more = Math.max(0, renewals.length - most) + Math.max(0, notices.length - most);
  if (more > 0) parts.push(`${more} more are in the result (tab Timeline).`);
  if (result.postponed > 0) parts.push(`${result.postponed} are left to the next pass.`);
  const findings = result.findings
    .slice(0, most)
    .map(({ where, message }): [string, string] => [text(where), text(message)]);
  if (findings.length > 0) parts.push('### Worth knowing', list(findings));
  return parts.join('\n\n');
}
