/** What there is to take over, as `digdir adopt` reports it. */

import { clientTitle } from '../domain/client-names.ts';
import { describeFinding } from '../domain/failures.ts';
import type { Adoption, Candidate } from './adoption.ts';
import { clientPlanText } from './client-plan-text.ts';
import { failureDocument, failureLines } from './failure.ts';
import type { Output } from './output.ts';
import { textTable } from './output.ts';

/** For people: what is worth saying on stderr, the rest on stdout. */
export function reportAdoption(output: Output, { candidates, unmatched }: Adoption): void {
  for (const candidate of candidates) {
    for (const line of messagesOf(candidate)) output.say(`${titleOf(candidate)}: ${line}`);
  }
  if (output.json) return;
  const rows = candidates.map((candidate) => {
    const { kind } = candidate.order.request.client;
    return [titleOf(candidate), kind, stateOf(candidate), candidate.order.where];
  });
  const plans = candidates.flatMap((candidate) =>
    candidate.standing.state === 'adopt' ? [clientPlanText(titleOf(candidate), candidate.standing.steps)] : [],
  );
  const others = unmatched.map(
    (one) => `  ${one.clientId}  ${one.integrationType}  ${JSON.stringify(one.description)}`,
  );
  const count = `${unmatched.length} ${unmatched.length === 1 ? 'client' : 'clients'} at Digdir that no manifest declares`;
  output.data(
    [
      textTable(['CLIENT', 'KIND', 'AT DIGDIR', 'DECLARED IN'], rows),
      '',
      ...plans,
      `${count}${others.length > 0 ? ':' : ''}`,
      ...others,
    ].join('\n'),
  );
}

/** For programs. */
export const adoptionDocument = ({ candidates, unmatched }: Adoption) => ({
  declarations: candidates.map((candidate) => ({
    client: titleOf(candidate),
    kind: candidate.order.request.client.kind,
    where: candidate.order.where,
    ...standingDocument(candidate),
  })),
  unmatched: unmatched.map(({ active: _active, ...client }) => client),
});

function standingDocument({ standing }: Candidate) {
  if (standing.state === 'refused') return { ...standing, failure: failureDocument(standing.failure) };
  if (standing.state !== 'adopt') return standing;
  const { request: _request, ...shown } = standing;
  return shown;
}

const titleOf = ({ order }: Candidate): string => clientTitle(order.request.client);

function stateOf({ standing }: Candidate): string {
  if (standing.state === 'adopt') return `adopt ${standing.clientId}`;
  if (standing.state === 'ours') return `already ours: ${standing.clientId}`;
  if (standing.state === 'several') return `several: ${standing.clientIds.join(', ')}`;
  if (standing.state === 'refused') return `refused [${standing.failure.code}]: ${standing.clientId}`;
  return 'none at Digdir';
}

function messagesOf({ standing }: Candidate): string[] {
  if (standing.state === 'refused') return failureLines(standing.failure);
  if (standing.state === 'adopt') return standing.notices.map(describeFinding);
  if (standing.state === 'several') {
    return ['several clients bear its mark; find out which one is used, and delete or rename the others at Digdir'];
  }
  if (standing.state === 'none') return ['there is none to take over; `digdir apply` makes one'];
  return standing.steps.length > 0 ? ['it was taken over, and `digdir apply` has something to change'] : [];
}
