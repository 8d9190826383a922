/** Plans as text for people: what will change, and why. */

import type { DigestedPlan } from '../domain/plan.ts';
import { sameSerial } from '../domain/revocation.ts';
import type { ClientKind } from '../domain/tenant.ts';
import { certificatesOf } from './awaiting.ts';
import { textTable } from './output.ts';

type ClientPlans = {
  readonly kind: ClientKind;
  readonly plans: readonly DigestedPlan[];
  /** What follows at the end, in plain words. */
  readonly retirement?: string;
  /** Serial number of the certificate that is called compromised. */
  readonly compromised?: string;
};

/**
 * The plans of a client, headed by the certificate that goes in and, in a rotation, the one that it takes the place of; or
 * by the one whose key goes out of use, where none goes in.
 */
export function previewText(planned: ClientPlans): string {
  const { kind, plans } = planned;
  const goesIn = plans.find(({ plan }) => plan.phase !== 'revocation' && plan.steps.length > 0);
  const [head, ...lines] = goesIn
    ? [`${kind}, what goes in:`, ...certificatesOf(goesIn.plan.subject)]
    : revocationLines(planned);
  if (head === undefined) return planText(planned);
  return `${[head, ...lines.map((line) => `  ${line}`)].join('\n')}\n\n${planText(planned)}`;
}

/** The plan of a revocation is about the certificate that is active, which may be another one than the compromised. */
function revocationLines({ kind, plans, compromised }: ClientPlans): string[] {
  const revocation = plans.find(({ plan }) => plan.phase === 'revocation')?.plan;
  if (!revocation || compromised === undefined) return [];
  const { certificate, compromised: isIts } = revocation.subject;
  const head = `${kind}, whose key is ${revocation.steps.length > 0 ? 'taken out of use for good' : 'out of use already'}:`;
  const isNamed = sameSerial(certificate.serialNumber, compromised);
  if (isIts || isNamed) {
    const same = isNamed ? [] : [`serial number ${compromised} is of another certificate for the same key`];
    const none = 'nothing goes in yet: no certificate was given (--key-file), and the run waits for one';
    return [head, ...certificatesOf({ certificate }), ...same, none];
  }
  return [
    head,
    `serial number ${compromised}`,
    'another one is active, and stays:',
    ...certificatesOf({ certificate }),
  ];
}

/** The plans of a client as tables, one per phase that has steps. */
export function planText({ kind, plans, retirement }: ClientPlans): string {
  const parts = plans
    .filter(({ plan }) => plan.steps.length > 0)
    .map(({ plan, digest }) => {
      const rows = plan.steps.map((step) => [
        step.kind,
        shortName(step.resource),
        step.risk,
        `${step.change}: ${step.reason}`,
      ]);
      return `${kind}, ${plan.phase} (${digest})\n${textTable(['STEP', 'RESOURCE', 'RISK', 'WHAT WILL CHANGE, AND WHY'], rows)}\n`;
    });
  if (retirement !== undefined) parts.push(`${kind}, retirement: ${retirement}\n`);
  return parts.length > 0 ? parts.join('\n') : `${kind}: nothing to do\n`;
}

/** The last two parts of a resource name, which tell what it is and which. */
const shortName = (resource: string): string =>
  resource.startsWith('projects/') ? resource.split('/').slice(-2).join('/') : resource;
