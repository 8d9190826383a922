/** All findings of a preflight as one refusal: nothing is created while there is one that stops. */

import { stops } from '../domain/failures.ts';
import type { Finding } from '../domain/failures.ts';
import { Refusal } from '../domain/refusal.ts';

export function findingsRefusal(findings: readonly Finding[]): Refusal {
  const [first, ...others] = findings.filter(stops);
  const more = others.length === 0 ? '' : ` And ${others.length} more.`;
  const message = `Nothing was created. ${first?.where}: ${first?.message}${more}`;
  return new Refusal(first?.code ?? 'INPUT_INVALID', message, { findings });
}
