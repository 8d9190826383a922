/** The common part of commands that have something done with clients. */

import type { Operation, ProvisioningRequest } from '../domain/provisioning.ts';
import { flag, option } from './call.ts';
import type { Call } from './call.ts';
import type { ClientReference } from './client-reference.ts';
import { reportClients } from './client-report.ts';
import type { ReportAbout } from './client-report.ts';
import { clientRequest } from './client-request.ts';
import { withTemporal } from './connect.ts';
import { parallelOption } from './each-client.ts';
import { carryOut } from './following-clients.ts';
import { leavingOnInterrupt } from './interruption.ts';
import { furtherOptions } from './given-options.ts';
import { personName } from './person.ts';
import { worstExitCode } from './run-end.ts';

type Order = {
  readonly request: ProvisioningRequest;
  /** `file:line:column` of its declaration, where it has one. */
  readonly where?: string;
};

type About = Omit<ReportAbout, 'all'> & {
  /** Exit code for what was held back before anything started; 0 when nothing was. */
  readonly heldBack: number;
};

/** Has the requests carried out, and reports. Resolves to the exit code for all of them. */
export async function operate(call: Call, orders: readonly Order[], about: About): Promise<number> {
  const { output } = call;
  const choices = { wait: flag(call, 'wait'), verbose: flag(call, 'verbose'), parallel: parallelOption(call) };
  const requests = orders.map(({ request }) => request);
  return await withTemporal(call, async ({ client, prefix, ui }) => {
    const further = furtherOptions(call);
    const settings = { client, prefix, output, ...choices, connection: further.connection, ...(ui ? { ui } : {}) };
    const ended = await leavingOnInterrupt(async (signal) => await carryOut(requests, { ...settings, signal }));
    const followed = ended.map((one, index) => {
      const where = orders[index]?.where;
      return where === undefined ? one : { ...one, where };
    });
    reportClients(output, followed, { ...about, further, all: flag(call, 'all') });
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
  return await operate(call, [{ request }], { environment: tenant.environment, findings: [], heldBack: 0 });
}
