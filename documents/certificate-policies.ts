/** Which certificates Digdir accepts, as data (idporten-seid2-certificate-validator-lib, April 2026; docs.digdir.no). */

import type { Environment } from '../domain/environments.ts';

/** Accepted certificate policies; a `*` at the end stands for any further arcs. */
const acceptedPolicies: Record<Environment, readonly string[]> = {
  local: testPolicies(),
  test: testPolicies(),
  production: [
    '2.16.578.1.26.1.3.5',
    '2.16.578.1.26.1.3.2',
    '2.16.578.1.29.13.1',
    '2.16.578.1.29.13.1.1.0',
    ...withVariants('2.16.578.1.29.13.200', '2.16.578.1.29.13.210', '2.16.578.1.29.13.220'),
  ],
};

/** Common names of the authorities that issue business certificates, per environment that has public ones. */
export const acceptedIssuers: Record<Exclude<Environment, 'local'>, readonly string[]> = {
  test: ['Buypass Class 3 Test4 CA 3', 'Buypass Class 3 Test4 CA G2 ST Business', 'Commfides Legal Person - G3 - TEST'],
  production: [
    'Buypass Class 3 CA 3',
    'Buypass Class 3 CA G2 ST Business',
    'Buypass Class 3 CA G2 HT Business',
    'Commfides Legal Person G3',
    'Commfides Legal Person - G3',
  ],
};

/** Whether a policy of a certificate is one of those accepted. */
export function isAcceptedPolicy(policy: string, environment: Environment): boolean {
  return acceptedPolicies[environment].some((accepted) =>
    accepted.endsWith('.*') ? policy.startsWith(accepted.slice(0, -1)) : policy === accepted,
  );
}

/** The environment that the name of a Norwegian authority belongs to; `undefined` for other names. */
export function environmentOfIssuer(commonName: string): 'test' | 'production' | undefined {
  if (!/^(Buypass|Commfides)\b/i.test(commonName)) return undefined;
  return /\bTest4\b|\bTEST\b/.test(commonName) ? 'test' : 'production';
}

function testPolicies(): readonly string[] {
  return [
    '2.16.578.1.26.1.3.5',
    '2.16.578.1.26.1.3.2',
    '2.16.578.1.26.1.0.3.2',
    '2.16.578.1.29.13.1.1.0',
    '2.16.578.1.29.913.1.1.0',
    ...withVariants('2.16.578.1.29.913.200', '2.16.578.1.29.913.210', '2.16.578.1.29.913.220'),
    '2.16.578.1.1.1.1.100',
  ];
}

function withVariants(...policies: readonly string[]): readonly string[] {
  return policies.flatMap((policy) => [policy, `${policy}.*`]);
}
