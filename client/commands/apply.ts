/** `digdir apply`: has every client at Digdir as its manifest declares it, with proven credentials that are published. */

import type { Call } from '../call.ts';
import { readDeclared } from '../declared.ts';
import { parallelOption } from '../each-client.ts';
import { operate } from '../operate.ts';
import { writeJson } from '../output.ts';
import { runAgain } from '../run-again.ts';

export async function apply(call: Call): Promise<number> {
  // Before anything is read: how the command was called is not to be said after a page of findings.
  parallelOption(call);
  const { tenant, orders, findings, exitCode } = await readDeclared(call);
  if (!tenant || orders.length === 0) {
    if (call.output.json) writeJson(call.output, { findings, clients: [] });
    return exitCode;
  }
  const again = (places: readonly string[]) => runAgain(call, 'apply', places);
  return await operate(call, orders, { environment: tenant.environment, findings, heldBack: exitCode, again });
}
