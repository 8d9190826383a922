/** The second half of the demo: clients of applications, from their manifests to the variables that the applications get. */

import type { Client } from '@temporalio/client';
import { withCallerSecrets, readPublished } from './caller-secrets.ts';
import { clientRequest } from './client-request.ts';
import { redacted } from './credential-formats.ts';
import { carryOut } from './following-clients.ts';
import type { FollowedClient } from './following-clients.ts';
import { readManifestsInput } from './manifests-input.ts';
import type { Output } from './output.ts';

export type DemoApplication = FollowedClient & {
  /** What the application gets, the private key withheld. */
  readonly variables: Readonly<Record<string, string>>;
};

export type DemoApplicationSettings = {
  readonly client: Client;
  readonly variables: Readonly<Record<string, string>>;
  readonly tenantFile: string;
  /** A folder. */
  readonly manifests: string;
  readonly ui: string;
  readonly output: Output;
  readonly signal: AbortSignal;
};

/** The same code path as `digdir apply` and `digdir credentials --redact`; nothing when it was interrupted, or refused. */
export async function applyManifests(settings: DemoApplicationSettings): Promise<DemoApplication[] | undefined> {
  const { client, variables, tenantFile, manifests, ui, output, signal } = settings;
  const { tenant, declarations } = await readManifestsInput([manifests], tenantFile);
  if (!tenant) throw new TypeError(`${tenantFile} cannot be used`);
  const requests = declarations.map((declaration) =>
    clientRequest(tenant, declaration.client, { kind: 'apply', spec: declaration.spec }, 'ola@example.org'),
  );
  const prefix = variables['DIGDIR_TASK_QUEUE_PREFIX'] ?? '';
  const following = { client, prefix, output, wait: true, signal, ...(ui ? { ui } : {}) };
  const followed = await carryOut(requests, following);
  if (followed.some(({ exitCode }) => exitCode !== 0)) return undefined;
  const read = followed.map(async (one, index): Promise<DemoApplication> => {
    const { client: name } = requests[index] ?? {};
    if (!name) throw new TypeError('An answer without a request');
    const reference = { client: name, tenant };
    const published = await withCallerSecrets(variables, reference, (secrets) => readPublished(secrets, reference));
    return { ...one, variables: redacted(published.variables) };
  });
  return await Promise.all(read);
}

/** What the demo says of it. */
export function applicationLines({ client, end, variables }: DemoApplication): string[] {
  const facts = end.state === 'ended' ? end.result : undefined;
  return [
    '',
    `The application ${client} has the client ${facts?.clientId ?? ''} at Digdir, and these variables:`,
    ...Object.entries(variables).map(([name, value]) => `  ${name}=${value}`),
  ];
}
