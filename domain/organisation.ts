/** The organisation number of Enhetsregisteret: nine digits, the last a check digit. */

const weights = [3, 2, 7, 6, 5, 4, 3, 2];

/** Why a text is not an organisation number, or `undefined` when it is one (modulus 11; brreg.no, "Organisasjonsnummeret"). */
export function organisationNumberFault(text: string): string | undefined {
  if (!/^[0-9]{9}$/.test(text)) return `"${text}" does not have nine digits`;
  const digits = text.split('').map(Number);
  const sum = weights.reduce((total, weight, index) => total + weight * (digits[index] ?? 0), 0);
  const check = (11 - (sum % 11)) % 11;
  if (check === 10 || check !== digits[8]) return `the check digit of ${text} is wrong`;
  return undefined;
}
