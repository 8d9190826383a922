/** What expires, among the worker's own metrics. */

import type { MetricMeter } from '@temporalio/common';
import type { ExpiringItem } from '../domain/inventory.ts';
import type { Gauges } from '../activities/services.ts';

/**
 * One series for each thing that is renewed, under a name that stays when it is: a key gives way to its successor's time. A
 * thing that is gone shows NaN, which no comparison is true of, as a series itself cannot be taken back.
 */
export function createGauges(meter: MetricMeter): Gauges {
  const expiration = meter.createGauge(
    'digdir_expiration_timestamp_seconds',
    'float',
    undefined,
    'When a certificate or key expires, in seconds since 1970',
  );
  const renewal = meter.createGauge(
    'digdir_renewal_timestamp_seconds',
    'float',
    undefined,
    'When it is to be renewed, in seconds since 1970',
  );
  const shown = new Map<string, Map<string, Labels>>();

  return {
    show({ tenant, environment }, items, isWhole) {
      const place = `${tenant}:${environment}`;
      const present = new Map<string, Labels>();
      for (const item of items) {
        if (item.state === 'replaced') continue;
        const labels = { tenant, environment, kind: item.kind, item: item.series, owner: item.owner };
        present.set(JSON.stringify(labels), labels);
        expiration.set(secondsOf(item.expires), labels);
        renewal.set(secondsOf(item.renewal), labels);
      }
      for (const [key, labels] of shown.get(place) ?? []) {
        if (present.has(key)) continue;
        if (!isWhole) present.set(key, labels);
        else for (const gauge of [expiration, renewal]) gauge.set(Number.NaN, labels);
      }
      shown.set(place, present);
    },
  };
}

type Labels = Readonly<Record<'tenant' | 'environment' | 'kind' | 'item' | 'owner', string>>;

const secondsOf = (instant: ExpiringItem['expires']): number => Date.parse(instant) / 1000;
