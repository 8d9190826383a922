/** The common part of commands that have something done with clients. */

import type { Environment } from '../domain/environments.ts';
import type { Finding } from '../domain/failures.ts';
import type { Operation, ProvisioningRequest } from '../domain/provisioning.ts';
import { flag, option } from './call.ts';
import type { Call } from './call.ts';
import type { ClientReference } from './client-reference.ts';
import { reportClients } from './client-report.ts';
import { clientRequest } from './client-request.ts';
import { withTemporal } from './connect.ts';
import { carryOut } from './following-clients.ts';
import { leavingOnInterrupt } from './interruption.ts';
import { personName } from './person.ts';
import { worstExitCode } from './run-end.ts';

type About = {
  readonly environment: Environment;
  /** Those of the documents. */
  readonly findings: readonly Finding[];
  /** Exit code for what was held back before anything started; 0 when nothing was. */
  readonly heldBack: number;
};

/** Has the requests carried out, and reports. Resolves to the exit code for all of them. */
export async function operate(call: Call, requests: readonly ProvisioningRequest[], about: About): Promise<number> {
  const { output } = call;
  return await withTemporal(call, async ({ client, prefix, ui }) => {
    const settings = { client, prefix, output, wait: flag(call, 'wait'), ...(ui ? { ui } : {}) };
    const followed = await leavingOnInterrupt(async (signal) => await carryOut(requests, { ...settings, signal }));
    reportClients(output, followed, about);
    return worstExitCode([...followed.map(({ exitCode }) => exitCode), ...(about.heldBack ? [about.heldBack] : [])]);
  });
}

/** The same for one thing that is asked of one client. */
export async function operateOn(
  call: Call,
  { client, tenant }: ClientReference,
  operation: Operation,
): Promise<number> {
  const request = clientRequest(tenant, client, operation, personName(option(call, 'by'), call.environment));
  return await operate(call, [request], { environment: tenant.environment, findings: [], heldBack: 0 });
}
