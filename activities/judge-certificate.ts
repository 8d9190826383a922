/** Judging a certificate that was handed in to a rotation that waits for one. */

import { readChain } from '../documents/certificate-chain.ts';
import { describeFinding, stops } from '../domain/failures.ts';
import type { FailureCode, Finding } from '../domain/failures.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import { replacementFindings } from '../domain/rotation.ts';
import type { Limits } from '../services/limits.ts';
import { attempt } from './attempt.ts';
import { withCryptoKey } from './crypto-key-choice.ts';
import type { Services } from './services.ts';

export type CertificateJudgement =
  | { readonly fits: true }
  | {
      readonly fits: false;
      readonly code: FailureCode;
      readonly message: string;
      readonly findings?: readonly Finding[];
    };

/** Whether the chain may take the place of the active one; else everything that is wrong with it, and the first code. */
export const judgeCertificate = ({ clock, kms, roots }: Services) =>
  attempt(async (limits: Limits, request: OnboardingRequest, pem: string): Promise<CertificateJudgement> => {
    const { environment, organisation, replaces } = request;
    const where = 'the certificate';
    const { chain, findings } = readChain(pem, { environment, organisation, now: clock.now(), roots, where });
    if (chain) {
      const own = replacementFindings(replaces, chain.leaf, where);
      findings.push(...own);
      // One key is one fault, wherever it is seen.
      const known = own.some(({ code }) => code === 'CERTIFICATE_SAME_KEY');
      if (!known) findings.push(...(await withCryptoKey(kms, limits, request, chain.leaf)).findings);
    }
    const wrong = findings.filter(stops);
    const [first] = wrong;
    if (!first) return { fits: true };
    return { fits: false, code: first.code, message: wrong.map(describeFinding).join(' '), findings: wrong };
  });
