/** What `plan` and `apply` read before anything starts: the tenant file and all manifests, with all their findings. */

import { readManifests } from '../documents/manifests.ts';
import type { ManifestTenant } from '../documents/manifests.ts';
import { readTenantFile } from '../documents/tenant-file.ts';
import type { Finding } from '../domain/failures.ts';
import type { Declaration } from '../domain/oauth-client.ts';
import type { Tenant } from '../domain/tenant.ts';
import { readFileOr } from './read-file.ts';

export type ManifestsInput = {
  /** Absent when its file cannot be used: then nothing is declared either. */
  readonly tenant?: Tenant;
  readonly declarations: readonly Declaration[];
  readonly findings: readonly Finding[];
};

/**
 * Without a tenant that can be used, manifests are held to what holds in every environment, so that what is wrong with
 * them is said together with what is wrong with the tenant file.
 */
const anyTenant: ManifestTenant = {
  tenant: 'unknown',
  environment: 'test',
  applications: {
    cluster: 'unknown',
    clientName: 'unknown',
    clientUri: 'https://www.example.no',
    accessTokenLifetime: 3600,
    sessionLifetime: 7200,
    maskinporten: { scopePrefix: 'unknown', defaultScope: 'unknown:unknown' },
  },
};

/** Reads every file once, whatever is wrong with the others. */
export async function readManifestsInput(files: readonly string[], tenantFile: string): Promise<ManifestsInput> {
  const tenantText = await readFileOr(tenantFile);
  const { tenant, findings } = Buffer.isBuffer(tenantText)
    ? readTenantFile(tenantText.toString(), tenantFile)
    : { findings: [tenantText] };
  const names = [...new Set(files)];
  const texts = await Promise.all(names.map(async (file) => ({ file, text: await readFileOr(file) })));
  const readable = texts.flatMap(({ file, text }) => (Buffer.isBuffer(text) ? [{ file, text: text.toString() }] : []));
  const unreadable = texts.flatMap(({ text }) => (Buffer.isBuffer(text) ? [] : [text]));
  const manifests = readManifests(readable, tenant ?? anyTenant);
  return {
    ...(tenant ? { tenant } : {}),
    declarations: tenant ? manifests.declarations : [],
    findings: [...findings, ...unreadable, ...manifests.findings],
  };
}
