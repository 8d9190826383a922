/** `digdir apply`: has every client at Digdir as its manifest declares it, with proven credentials that are published. */

import type { Call } from '../call.ts';
import { readDeclared } from '../declared.ts';
import { operate } from '../operate.ts';
import { writeJson } from '../output.ts';

export async function apply(call: Call): Promise<number> {
  const { tenant, orders, findings, exitCode } = await readDeclared(call);
  if (!tenant || orders.length === 0) {
    if (call.output.json) writeJson(call.output, { findings, clients: [] });
    return exitCode;
  }
  const requests = orders.map(({ request }) => request);
  return await operate(call, requests, { environment: tenant.environment, findings, heldBack: exitCode });
}
