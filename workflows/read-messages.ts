/** Reading what people and programs send to a run, by hand: zod is too heavy for workflow code. Nothing here throws. */

import { gateNames } from '../domain/approval.ts';
import type { Decision } from '../domain/approval.ts';
import type { CertificateSubmission, WrappedKeySubmission } from './messages.ts';

type Fields = Record<string, unknown>;

/** Texts that people write are kept in the history and shown: none is longer than this. */
const longest = 2_000;
/** A hundred refused decisions have to fit into one payload, so what is not prose is shorter. */
const longestName = 255;
/** An ID token with some claims. */
const longestToken = 16_384;
/** KMS takes 64 KiB of ciphertext at most, here in base64. */
const longestKey = 90_000;

/** The decision, or what is wrong with its shape. */
export function readDecision(input: unknown): Decision | string {
  const fields = fieldsOf(input);
  if (!fields) return 'a decision is an object: { gate, verdict, by, reason, digest }';
  const { gate, verdict, by, reason, digest, idToken, kid } = fields;
  const gateName = gateNames.find((name) => name === gate);
  if (!gateName) return `gate has to be ${gateNames.join(', ')}`;
  if (verdict !== 'approve' && verdict !== 'reject') return 'verdict has to be approve or reject';
  if (!isText(by, longestName)) return 'by has to say who decides';
  if (!isText(reason)) return 'reason has to say why';
  if (!isText(digest, longestName)) return 'digest has to be that of the plan that was shown';
  if (idToken !== undefined && !isText(idToken, longestToken)) return 'idToken has to be a text';
  if (kid !== undefined && !isText(kid, longestName)) return 'kid has to be a text';
  return {
    gate: gateName,
    verdict,
    by,
    reason,
    digest,
    ...(idToken === undefined ? {} : { idToken }),
    ...(kid === undefined ? {} : { kid }),
  };
}

export function readSubmission(input: unknown): WrappedKeySubmission | string {
  const fields = fieldsOf(input);
  if (!fields) return 'a submission is an object: { importJob, wrappedKey, submittedBy }';
  const { importJob, wrappedKey, submittedBy } = fields;
  if (!isText(importJob)) return 'importJob has to name the import job';
  if (!isText(submittedBy)) return 'submittedBy has to say who submits';
  if (!isText(wrappedKey, longestKey) || !/^[A-Za-z0-9+/]+={0,2}$/.test(wrappedKey)) {
    return 'wrappedKey has to be the ciphertext in base64';
  }
  return { importJob, wrappedKey, submittedBy };
}

/** A chain of some certificates. */
const longestChain = 65_536;

export function readCertificateSubmission(input: unknown): CertificateSubmission | string {
  const fields = fieldsOf(input);
  if (!fields) return 'a submission is an object: { chain, submittedBy }';
  const { chain, submittedBy } = fields;
  if (!isText(submittedBy, longestName)) return 'submittedBy has to say who hands it in';
  if (!isText(chain, longestChain) || !chain.includes('-----BEGIN CERTIFICATE-----')) {
    return 'chain has to be the certificate chain as PEM';
  }
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(chain)) return 'chain holds a private key, which is never sent';
  return { chain, submittedBy };
}

export type Withdrawal = { readonly by: string; readonly reason: string };

export function readWithdrawal(input: unknown): Withdrawal | string {
  const fields = fieldsOf(input);
  if (!fields) return 'a withdrawal is an object: { by, reason }';
  const { by, reason } = fields;
  if (!isText(by, longestName)) return 'by has to say who withdraws';
  if (!isText(reason)) return 'reason has to say why';
  return { by, reason };
}

function fieldsOf(input: unknown): Fields | undefined {
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? (input as Fields) : undefined;
}

function isText(value: unknown, limit = longest): value is string {
  return typeof value === 'string' && value.trim().length > 0 && value.length <= limit;
}
