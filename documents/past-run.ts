/** What a version of a client's record secret keeps of a run; a later version of ours may have written it. */

import { z } from 'zod';
import type { RecordedDecision } from '../domain/approval.ts';
import type { FailureCode } from '../domain/failures.ts';
import type { PastRun } from '../domain/history.ts';
import type { StepRecord } from '../domain/onboarding.ts';
import type { PhaseName } from '../domain/plan.ts';
import type { RevocationRecord } from '../domain/revocation.ts';

const text = z.string();
const wish = z.object({ by: text, reason: text });

/** Names that a later version may have more of. */
const name = <N extends string>() => z.custom<N>((value) => typeof value === 'string');

const decision: z.ZodType<RecordedDecision> = z.looseObject({
  id: text,
  gate: text,
  verdict: text,
  decidedBy: text,
  reason: text,
  digest: text,
  via: z.enum(['update', 'signal']),
  at: text,
  outcome: z.enum(['counted', 'refused']),
  code: name<FailureCode>().optional(),
  kid: text.optional(),
});

const step: z.ZodType<StepRecord> = z.looseObject({
  phase: name<PhaseName>(),
  kind: text,
  resource: text,
  change: text,
  state: z.enum(['running', 'done', 'failed']),
  startedAt: text,
  endedAt: text.optional(),
  refusal: text.optional(),
});

const revocation: z.ZodType<RevocationRecord> = z.object({
  serialNumber: text,
  by: text,
  at: text,
  steps: z.array(step),
});

const kept = z.object({
  outcome: text,
  // Of an application's client the end of a request is kept, whose reason is its message.
  reason: text.optional(),
  message: text.optional(),
  decisions: z.array(decision),
  process: z.enum(['onboarding', 'rotation']).optional(),
  runId: text.optional(),
  requestedBy: text.optional(),
  operation: text.optional(),
  endedAt: text.optional(),
  certificate: z.object({ serialNumber: text, fingerprint: text }).optional(),
  activated: z.boolean().optional(),
  tidied: z.array(text).optional(),
  withdrawal: wish.optional(),
  rollBack: wish.optional(),
  revocation: revocation.optional(),
});

/** The run that a version of the secret (its full name) tells of; nothing when it was not written by a run. */
export function pastRun(version: string, content: string): PastRun | undefined {
  const { data } = kept.safeParse(valueIn(content));
  if (!data) return undefined;
  const { message, reason = message, ...told } = data;
  return reason === undefined ? undefined : { version, reason, ...told };
}

function valueIn(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
