/** Google Cloud with the credentials of whoever runs the command, never those of a worker. */

import type { Environment } from '../domain/environments.ts';
import { Refusal } from '../domain/refusal.ts';
import type { GoogleClients } from '../services/google-clients.ts';

export type CallerGoogle = {
  /** The clients, made at the first call. */
  readonly open: () => Promise<GoogleClients>;
  readonly close: () => Promise<void>;
};

/**
 * Opened at the first use. `DIGDIR_GOOGLE_ENDPOINT` (host:port) and `DIGDIR_GOOGLE_ACCOUNT` point it at a local world, and
 * the account also names a service account to act as at Google. Fails with USAGE where an endpoint is set and the tenant
 * is not one of a local world: what answers there would say for which key the real one is wrapped, or which credentials
 * an application gets.
 */
export function callerGoogle(environment: NodeJS.ProcessEnv, tenants: readonly Environment[]): CallerGoogle {
  if (environment.DIGDIR_GOOGLE_ENDPOINT && tenants.some((tenant) => tenant !== 'local')) {
    const message = 'DIGDIR_GOOGLE_ENDPOINT is for the environment local alone: unset it, as no real key goes there';
    throw new Refusal('USAGE', message);
  }
  let opened: Promise<GoogleClients> | undefined;
  return {
    open: () => (opened ??= openClients(environment)),
    close: async () => {
      // Whoever opened it has heard already that it could not be.
      const clients = await opened?.catch(() => undefined);
      await clients?.close();
    },
  };
}

async function openClients(environment: NodeJS.ProcessEnv): Promise<GoogleClients> {
  const { createGoogleClients } = await import('../services/google-clients.ts');
  const account = environment.DIGDIR_GOOGLE_ACCOUNT;
  const endpoint = endpointOf(environment.DIGDIR_GOOGLE_ENDPOINT);
  return await createGoogleClients({ ...(account ? { account } : {}), ...(endpoint ? { endpoint } : {}) });
}

function endpointOf(text: string | undefined): { host: string; port: number } | undefined {
  if (!text) return undefined;
  const [, host, port] = /^(.+):([0-9]{1,5})$/.exec(text) ?? [];
  if (!host) throw new Refusal('USAGE', `DIGDIR_GOOGLE_ENDPOINT is host:port, not ${JSON.stringify(text)}`);
  return { host, port: Number(port) };
}
