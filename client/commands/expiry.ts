/** `digdir expiry`: everything that expires, soonest first, with what to do. Changes nothing. */

import { randomUUID } from 'node:crypto';
import type { Inventory } from '../../domain/inventory.ts';
import { expiryStart } from '../../domain/watch.ts';
import { option, texts } from '../call.ts';
import type { Call } from '../call.ts';
import { withTemporal } from '../connect.ts';
import { reportExpiry } from '../expiry-report.ts';
import { personName } from '../person.ts';
import { resultOf } from '../short-run.ts';
import { readTenant } from '../tenant-input.ts';
import { watchRequest } from '../watch-request.ts';

export async function expiry(call: Call): Promise<number> {
  const by = personName(option(call, 'by'), call.environment);
  const tenants = await Promise.all(
    texts(call, 'file').map(async (file) => ({ file, tenant: await readTenant(file) })),
  );
  return await withTemporal(call, async ({ client, prefix }) => {
    const found = await Promise.all(
      tenants.map(async ({ file, tenant }) => {
        const start = expiryStart(watchRequest(tenant, by), randomUUID());
        return { file, tenant, inventory: await resultOf<Inventory>({ client, prefix, say: call.output.say }, start) };
      }),
    );
    return reportExpiry(call.output, found);
  });
}
