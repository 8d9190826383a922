/**
 * `npm run bench`: what things cost, as ratios and counts, since times say more about the machine.
 *
 *   npm run bench -- --json        one JSON document on stdout
 *   npm run bench -- --rounds N    N onboardings, 5 unless said otherwise
 *   npm run bench -- --clients N   a folder of N clients, 300 unless said otherwise
 */

import { parseArgs } from 'node:util';
import { textTable } from '../client/output.ts';
import { figure } from './figures.ts';
import type { Figure } from './figures.ts';
import { fleetFigures } from './fleet.ts';
import { median } from './median.ts';
import { measureEmpty, measureTenant } from './onboardings.ts';
import type { Measured } from './onboardings.ts';
import { startStage } from './stage.ts';
import { measureStartUp } from './start-up.ts';

const options = {
  json: { type: 'boolean', default: false },
  rounds: { type: 'string', default: '5' },
  clients: { type: 'string', default: '300' },
} as const;
const { values } = parseArgs({ options });

const atLeastOne = (text: string): number => Math.max(1, Number(text) || 1);
const figures = await measureAll(atLeastOne(values.rounds), atLeastOne(values.clients));
if (values.json) console.log(JSON.stringify({ figures }, null, 2));
else console.log(textTable(['what', 'value', 'unit'], figures.map(row)));

async function measureAll(rounds: number, clients: number): Promise<Figure[]> {
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
      ...(await fleetFigures(stage, clients)),
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

function row({ what, value, unit }: Figure): string[] {
  return [what, String(value), unit];
}
