/**
 * `npm run bench`: what things cost, as ratios and counts, since times say more about the machine.
 *
 *   npm run bench -- --json        one JSON document on stdout
 *   npm run bench -- --rounds N    N onboardings, 5 unless said otherwise
 */

import { parseArgs } from 'node:util';
import { textTable } from '../client/output.ts';
import { median } from './median.ts';
import { measureEmpty, measureTenant } from './onboardings.ts';
import type { Measured } from './onboardings.ts';
import { startStage } from './stage.ts';
import { measureStartUp } from './start-up.ts';

type Figure = { readonly what: string; readonly value: number; readonly unit: string };

const options = { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' } } as const;
const { values } = parseArgs({ options });

const figures = await measureAll(Math.max(1, Number(values.rounds) || 1));
if (values.json) console.log(JSON.stringify({ figures }, null, 2));
else console.log(textTable(['what', 'value', 'unit'], figures.map(row)));

async function measureAll(rounds: number): Promise<Figure[]> {
  const { help, node } = await measureStartUp(2 * rounds + 1);
  const stage = await startStage((line) => console.error(line));
  try {
    // The first run pays for connections and caches.
    const { activities } = (await measureTenant(stage.world)).first;
    await measureEmpty(stage.world, activities);
    const tenants: Awaited<ReturnType<typeof measureTenant>>[] = [];
    const empty: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      tenants.push(await measureTenant(stage.world));
      empty.push(await measureEmpty(stage.world, activities));
    }
    const time = median(tenants.map(({ first }) => first.time));
    return [
      figure('digdir --help, against node -e 0', help / node, 'times'),
      figure(`an onboarding, against ${activities} empty activities`, time / median(empty), 'times'),
      ...costs(
        'an onboarding',
        tenants.map(({ first }) => first),
      ),
      ...costs(
        'an unchanged re-onboarding',
        tenants.map(({ again }) => again),
      ),
      figure('workflow bundle', stage.bundleSize / 1024, 'KiB'),
    ];
  } finally {
    await stage.close();
  }
}

function costs(what: string, measured: readonly Measured[]): Figure[] {
  const of = (pick: (one: Measured) => number) => median(measured.map(pick));
  return [
    figure(
      `${what}: signatures by KMS`,
      of(({ kmsSignatures }) => kmsSignatures),
      'calls',
    ),
    figure(
      `${what}: token requests`,
      of(({ tokenRequests }) => tokenRequests),
      'calls',
    ),
    figure(
      `${what}: all external calls`,
      of(({ calls }) => calls),
      'calls',
    ),
    figure(
      `${what}: activities`,
      of(({ activities }) => activities),
      'activities',
    ),
    figure(
      `${what}: history`,
      of(({ events }) => events),
      'events',
    ),
    figure(`${what}: history`, of(({ historyBytes }) => historyBytes) / 1024, 'KiB'),
  ];
}

function figure(what: string, value: number, unit: string): Figure {
  return { what, value: Math.round(value * 100) / 100, unit };
}

function row({ what, value, unit }: Figure): string[] {
  return [what, String(value), unit];
}
