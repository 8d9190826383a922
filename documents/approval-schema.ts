/** The approval policy in the tenant file: what may stand at a gate, and which of it fits together. */

import { z } from 'zod';
import {
  defaultGatePolicy,
  samePerson,
  type ApprovalPolicy,
  type GatePolicy,
  type PhasePolicy,
} from '../domain/approval.ts';
import { distinct, rule, text } from './fields.ts';

/** The schema of all gates; `duration` reads a time as seconds. What a gate leaves out is as in `defaultGatePolicy`. */
export function approvalSchema(duration: z.ZodType<number>): z.ZodType<ApprovalPolicy> {
  const gate = gateSchema(duration).optional();
  return z.strictObject({ ...phases(gate), wide: gate });
}

/** Those of admin clients alone. */
export const phasesSchema = (duration: z.ZodType<number>): z.ZodType<PhasePolicy> =>
  z.strictObject(phases(gateSchema(duration).optional()));

const phases = <T>(gate: T) => ({ custody: gate, registration: gate, activation: gate, retirement: gate });

/** The schema of one gate. */
export function gateSchema(duration: z.ZodType<number>): z.ZodType<GatePolicy> {
  return z
    .strictObject({
      approvers: z.int().min(1, 'has to be 1 or more').default(defaultGatePolicy.approvers),
      who: z.array(text(/^\S(.{0,252}\S)?$/, 'is not a name')).default([...defaultGatePolicy.who]),
      identity: z.enum(['asserted', 'verified']).default(defaultGatePolicy.identity),
      issuer: z.string().refine(isHttpsUrl, 'has to be an https address').optional(),
      audience: z.string().min(1, 'has to be a client id at the issuer').optional(),
      expiresAfter: duration.default(defaultGatePolicy.expiresAfter),
      remindAfter: z.array(duration).optional(),
    })
    .refine(...rule('approvers', 'asks for more people than `who` names', enoughPeople))
    .refine(...rule('who', 'names a person twice', ({ who }) => distinct(who, samePerson)))
    .refine(...rule('issuer', 'has to be given with `identity: verified`', issuerThere))
    .refine(...rule('issuer', 'may only be given with `identity: verified`', issuerWanted))
    .refine(...rule('audience', 'may only be given with `identity: verified`', audienceWanted))
    .refine(...rule('remindAfter', 'has to be ascending', ({ remindAfter }) => ascending(remindAfter)))
    .refine(...rule('remindAfter', 'has to end before `expiresAfter`', remindsInTime))
    .transform(({ remindAfter, ...gate }) => ({
      ...gate,
      remindAfter: remindAfter ?? defaultGatePolicy.remindAfter.filter((seconds) => seconds < gate.expiresAfter),
    }));
}

type Fields = Readonly<Record<string, unknown>>;

function enoughPeople({ approvers, who }: Fields): boolean {
  return typeof approvers !== 'number' || !Array.isArray(who) || who.length === 0 || approvers <= who.length;
}

const issuerThere = ({ identity, issuer }: Fields): boolean => identity !== 'verified' || issuer !== undefined;

const audienceWanted = ({ identity, audience }: Fields): boolean => identity === 'verified' || audience === undefined;

const issuerWanted = ({ identity, issuer }: Fields): boolean => identity !== 'asserted' || issuer === undefined;

function ascending(list: unknown): boolean {
  const numbers = numbersOf(list);
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));
}

function remindsInTime({ remindAfter, expiresAfter }: Fields): boolean {
  return typeof expiresAfter !== 'number' || numbersOf(remindAfter).every((seconds) => seconds < expiresAfter);
}

function numbersOf(list: unknown): number[] {
  return Array.isArray(list) ? list.filter((item): item is number => typeof item === 'number') : [];
}

/** Plain http only where nobody can listen in: an issuer of a local world. */
function isHttpsUrl(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || url.username !== '' || url.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && url.hostname === '127.0.0.1');
}
