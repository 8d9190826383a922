/**
 * The ladder of notices before something expires: at which instants people are told, and which of them is due. Pure: what
 * the time is comes from whoever asks.
 */

import type { ExpiringItem, ItemKind } from './inventory.ts';

/** One notice before the expiry. Both lengths add up; months are those of the calendar (UTC). */
type Rung = { readonly step: string; readonly months?: number; readonly seconds?: number };

export type Ladder = {
  /** From the earliest to the latest. */
  readonly rungs: readonly Rung[];
  /** Whether people are told at the expiry alone, or every day from then on. */
  readonly expired: 'once' | 'daily';
};

export type Ladders = { readonly certificate: Ladder; readonly key: Ladder };

/** A step of one item's ladder; `at` in milliseconds since 1970. */
export type Step = { readonly step: string; readonly at: number };

const day = 86_400;
const days = (count: number): Rung => ({ step: `${count}d`, seconds: count * day });
const weeks = (count: number): Rung => ({ step: `${count}w`, seconds: count * 7 * day });
const months = (count: number): Rung => ({ step: `${count}m`, months: count });

/** A certificate takes weeks to replace, and people at several places; a key is renewed by itself, or by one command. */
export const defaultLadders: Ladders = {
  certificate: {
    rungs: [...[12, 6, 3, 2, 1].map(months), ...[3, 2, 1].map(weeks), ...[6, 5, 4, 3, 2, 1].map(days)],
    expired: 'daily',
  },
  key: { rungs: [months(1), weeks(2), weeks(1), days(3), days(1)], expired: 'once' },
};

/** When a certificate is renewed where the tenant does not say. */
export const renewalMonths = 3;

/** What ladders look at. */
type Expiring = Pick<ExpiringItem, 'kind' | 'state' | 'expires' | 'renewal'>;

/**
 * The steps that are known beforehand, in the order of their time. What another one took the place of is not renewed, and
 * nobody minds its end; but somebody may still use it until then.
 */
export function stepsOf({ kind, state, expires, renewal }: Expiring, ladders: Ladders): Step[] {
  const end = Date.parse(expires);
  const rungs = ladderOf(kind, ladders).rungs.map(({ step, months: count = 0, seconds = 0 }) => ({
    step,
    at: monthsBefore(end, count) - seconds * 1000,
  }));
  if (state === 'replaced') return rungs.toSorted(byTime);
  return [...rungs, { step: 'renewal', at: Date.parse(renewal) }, { step: 'expired', at: end }].toSorted(byTime);
}

/** The latest step whose time has come, or nothing while none has. `now`: milliseconds since 1970. */
function reachedStep(item: Expiring, now: number, ladders: Ladders): Step | undefined {
  const reached = stepsOf(item, ladders).findLast(({ at }) => at <= now);
  if (reached?.step !== 'expired' || ladderOf(item.kind, ladders).expired === 'once') return reached;
  const past = Math.floor((now - reached.at) / (day * 1000));
  return past === 0 ? reached : { step: `expired+${past}d`, at: reached.at + past * day * 1000 };
}

/**
 * The step that people are to be told of now: the latest one that was reached, unless it was given, or a later one. Steps
 * that were passed over in between say nothing that this one does not. `given`: the last step that was.
 */
export function dueStep(
  item: Expiring,
  now: number,
  given: string | undefined,
  ladders: Ladders = defaultLadders,
): string | undefined {
  const reached = reachedStep(item, now, ladders);
  if (!reached || reached.step === given) return undefined;
  const last = given === undefined ? undefined : timeOf(item, given, ladders);
  return last !== undefined && last > reached.at ? undefined : reached.step;
}

function timeOf(item: Expiring, step: string, ladders: Ladders): number | undefined {
  const [, past] = /^expired\+(\d+)d$/.exec(step) ?? [];
  if (past !== undefined) return Date.parse(item.expires) + Number(past) * day * 1000;
  return stepsOf(item, ladders).find((one) => one.step === step)?.at;
}

/** The same day of an earlier month, or the last one where that month has no such day. Milliseconds since 1970. */
export function monthsBefore(instant: number, count: number): number {
  const date = new Date(instant);
  const wanted = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() - count, 1);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(wanted, last));
  return date.getTime();
}

const ladderOf = (kind: ItemKind, { certificate, key }: Ladders): Ladder =>
  kind === 'certificate' ? certificate : key;

const byTime = (one: Step, other: Step): number => one.at - other.at;
