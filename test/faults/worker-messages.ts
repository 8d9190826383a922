/** What the harness and its worker processes say to each other. */

import type { Plant } from './plants.ts';

/** One run's worker: its settings as environment variables, where Temporal is, and a defect to plant. */
export type Job = {
  readonly variables: Readonly<Record<string, string>>;
  readonly temporal: { readonly address: string; readonly namespace: string; readonly bundle: string };
  readonly plant?: Plant;
};

export type Order = { readonly order: 'start'; readonly job: Job } | { readonly order: 'stop' };
export type Report = { readonly done: true } | { readonly done: false; readonly reason: string };
