/**
 * What a refusal of Maskinporten's token endpoint means, and what is to be done about it (Digdir, "Feilsøking
 * Maskinporten": the codes MP-nnn are its headings; some descriptions hold them, others only their text).
 */

import type { FailureCode } from './failures.ts';

export type TokenRefusal = {
  readonly code: FailureCode;
  /** Digdir's own code, where it is known. */
  readonly digdirCode?: string;
  /** A change at Digdir takes up to 15 minutes to arrive: the same request may succeed later. */
  readonly mayBePropagation: boolean;
  /** Nothing at Digdir has to change: a new assertion, made now or with a right clock, may succeed. */
  readonly passing: boolean;
};

type Rule = readonly [digdirCode: string | undefined, text: RegExp, code: FailureCode];

/** Most telling first: several texts begin alike. */
const rules: readonly Rule[] = [
  [undefined, /unknown key identifier/i, 'ASSERTION_UNKNOWN_KID'],
  ['MP-012', /grant is used before/i, 'ASSERTION_REUSED'],
  ['MP-110', /claim aud/i, 'ASSERTION_DEFECT'],
  ['MP-120', /invalid certificate/i, 'ASSERTION_CERTIFICATE_REFUSED'],
  ['MP-121', /expired key/i, 'ASSERTION_KEY_EXPIRED'],
  ['MP-122', /organi[sz]ation number/i, 'ASSERTION_ORGANISATION'],
  ['MP-123', /header x5c/i, 'ASSERTION_DEFECT'],
  ['MP-124', /jwt signature/i, 'ASSERTION_SIGNATURE'],
  ['MP-130', /jwt is expired|expired jwt/i, 'ASSERTION_CLOCK'],
  [undefined, /issue time is after now/i, 'ASSERTION_CLOCK'],
  ['MP-201', /scopes not allowed for maskinporten/i, 'ASSERTION_SCOPE_TYPE'],
  ['MP-200', /invalid scopes?/i, 'ASSERTION_SCOPES'],
  ['MP-251', /not delegated access/i, 'ASSERTION_DELEGATION'],
  ['MP-250', /not been granted access/i, 'ASSERTION_ACCESS'],
  ['MP-301', /unknown (\w+ )?type/i, 'ASSERTION_DEFECT'],
  ['MP-302', /unknown (\w+ )?fields/i, 'ASSERTION_DEFECT'],
  ['MP-303', /invalid (\w+ )?values/i, 'ASSERTION_DEFECT'],
  [undefined, /consumer_org in claim/i, 'ASSERTION_DEFECT'],
  ['MP-100', /client authentication failed|client not found/i, 'ASSERTION_CLIENT_UNKNOWN'],
  ['MP-011', /invalid parameter value|invalid assertion/i, 'ASSERTION_DEFECT'],
];

const propagating: readonly FailureCode[] = ['ASSERTION_UNKNOWN_KID', 'ASSERTION_CLIENT_UNKNOWN', 'ASSERTION_SCOPES'];
const passing: readonly FailureCode[] = ['ASSERTION_REUSED', 'ASSERTION_CLOCK'];

/** Reads the `error_description` of a refusal. The words decide before the number: "unknown kid" comes with none. */
export function readTokenRefusal(description: string): TokenRefusal {
  const number = /\bMP-\d{3}\b/.exec(description)?.[0];
  const rule =
    rules.find(([digdirCode, text]) => text.test(description) && (!number || !digdirCode || digdirCode === number)) ??
    rules.find(([digdirCode]) => number !== undefined && digdirCode === number);
  const code = rule?.[2] ?? 'ASSERTION_REFUSED';
  const digdirCode = number ?? rule?.[0];
  return {
    code,
    ...(digdirCode ? { digdirCode } : {}),
    mayBePropagation: propagating.includes(code),
    passing: passing.includes(code),
  };
}
