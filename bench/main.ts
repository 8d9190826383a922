/**
 * `npm run bench`: what things cost, as ratios and counts, since times say more about the machine.
 *
 *   npm run bench -- --json        one JSON document on stdout
 *   npm run bench -- --rounds N    N onboardings, 5 unless said otherwise
 *   npm run bench -- --clients N   N clients of applications, 100 unless said otherwise
 */

import { parseArgs } from 'node:util';
import { textTable } from '../client/output.ts';
import { measureClients, measureEmptyFleet } from './clients.ts';
import type { Pass } from './clients.ts';
import { median } from './median.ts';
import { measureEmpty, measureTenant } from './onboardings.ts';
import type { Measured } from './onboardings.ts';
import type { TestWorld } from '../test/world.ts';
import { startStage } from './stage.ts';
import { measureStartUp } from './start-up.ts';

type Figure = { readonly what: string; readonly value: number; readonly unit: string };

const options = {
  json: { type: 'boolean', default: false },
  rounds: { type: 'string', default: '5' },
  clients: { type: 'string', default: '100' },
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
      ...(await fleetCosts(stage.world, clients)),
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

/** Per client, and for the fleet: one signature serves all clients for as long as its token lives. */
async function fleetCosts(world: TestWorld, clients: number): Promise<Figure[]> {
  const { fresh, unchanged } = await measureClients(world, clients);
  const empty = await measureEmptyFleet(world, clients, fresh.activities);
  const each = (what: string, pass: Pass) => [
    figure(`${what}: writes at Digdir`, pass.digdirWrites / clients, 'calls'),
    figure(`${what}: reads at Digdir`, pass.digdirReads / clients, 'calls'),
    figure(`${what}: lists at Digdir`, pass.lists / clients, 'calls'),
    figure(`${what}: proofs of a key`, pass.proofs / clients, 'calls'),
    figure(`${what}: calls of Secret Manager`, pass.secretManager / clients, 'calls'),
  ];
  return [
    ...each('a new client', fresh),
    ...each('an unchanged client', unchanged),
    figure(`${clients} new clients: signatures by KMS`, fresh.kmsSignatures, 'calls'),
    figure(`${clients} unchanged clients: signatures by KMS`, unchanged.kmsSignatures, 'calls'),
    figure(
      `${clients} new clients, against as many workflows of ${fresh.activities} empty activities`,
      fresh.time / empty,
      'times',
    ),
  ];
}

function figure(what: string, value: number, unit: string): Figure {
  return { what, value: Math.round(value * 100) / 100, unit };
}

function row({ what, value, unit }: Figure): string[] {
  return [what, String(value), unit];
}
