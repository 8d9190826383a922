/** Failure codes: how people end a run, and why a decision does not count. */

import type { Entry } from './entry.ts';

export const approvalsFailures = {
  REJECTED: ['ended', 'The run was rejected', 'Read the reason, mend it, and run the command again.'],
  EXPIRED: ['ended', 'Nobody decided in time', 'Run the command again when the people who decide are at hand.'],
  WITHDRAWN: ['ended', 'The run was withdrawn', 'Run the command again when it is wanted.'],

  DECISION_MALFORMED: ['usage', 'The decision is malformed', 'Use `digdir approve` or `digdir reject`.'],
  DECISION_NOT_AWAITED: [
    'refused',
    'No decision is awaited at this gate',
    'See `digdir status` for what is awaited now.',
  ],
  DECISION_STALE: [
    'refused',
    'The decision is about another plan than the one that is awaited',
    'Look at the present plan (`digdir status`) and decide about that.',
  ],
  DECISION_DUPLICATE: [
    'refused',
    'This person has already decided at this gate',
    'Nothing: the first decision stands.',
  ],
  DECISION_LATE: ['refused', 'The gate was already decided', 'Nothing: see who decided.'],
  DECISION_OWN_REQUEST: [
    'refused',
    'Nobody decides about what they asked for themselves',
    'Ask another person who may approve.',
  ],
  DECISION_NOT_ALLOWED: [
    'refused',
    'The policy does not let this person decide here',
    'Ask one of the people whom the policy of the tenant file names.',
  ],
  DECISION_UNVERIFIED: [
    'refused',
    'The policy asks for a verified identity',
    'Give an ID token that is bound to the digest of the plan: `digdir approve --id-token-file FILE`.',
  ],
  DECISION_KID_MISSING: [
    'refused',
    'The key id (kid) that Digdir registered is missing',
    'Give it with `digdir approve --kid KID`; Digdir shows it beside the registered key.',
  ],
  SUBMISSION_NOT_AWAITED: ['refused', 'No wrapped key is awaited', 'See `digdir status` for what is awaited now.'],
} as const satisfies Record<string, Entry>;
