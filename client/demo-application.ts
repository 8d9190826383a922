/** The second half of the demo: the client of an application, from its manifest to the variables that the application gets. */

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
  readonly manifest: string;
  readonly ui: string;
  readonly output: Output;
  readonly signal: AbortSignal;
};

/** The same code path as `digdir apply` and `digdir credentials --redact`; nothing when it was interrupted, or refused. */
export async function applyManifest(settings: DemoApplicationSettings): Promise<DemoApplication | undefined> {
  const { client, variables, tenantFile, manifest, ui, output, signal } = settings;
  const { tenant, declarations } = await readManifestsInput([manifest], tenantFile);
  const { client: name, spec } = declarations[0] ?? {};
  if (!tenant || !name || !spec || spec.integrationType === 'maskinporten') {
    throw new TypeError(`${manifest} declares no client of ID-porten first`);
  }
  const request = clientRequest(tenant, name, { kind: 'apply', spec }, 'ola@example.org');
  const prefix = variables['DIGDIR_TASK_QUEUE_PREFIX'] ?? '';
  const following = { client, prefix, output, wait: true, signal, ...(ui ? { ui } : {}) };
  const [followed] = await carryOut([request], following);
  if (followed?.end.state !== 'ended' || followed.exitCode !== 0) return undefined;
  const reference = { client: name, tenant };
  const published = await withCallerSecrets(variables, reference, (secrets) => readPublished(secrets, reference));
  return { ...followed, variables: redacted(published.variables) };
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
