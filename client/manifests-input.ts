/** What `plan` and `apply` read before anything starts: the tenant file and all manifests, with all their findings. */

import { readManifests } from '../documents/manifests.ts';
import type { ManifestFile, ManifestTenant } from '../documents/manifests.ts';
import { readTenantFile } from '../documents/tenant-file.ts';
import type { Finding } from '../domain/failures.ts';
import type { Declaration } from '../domain/oauth-client.ts';
import type { Tenant } from '../domain/tenant.ts';
import { inLanes } from '../domain/lanes.ts';
import { findManifestFiles } from './manifest-files.ts';
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

/** Files that are open at one time. */
const readers = 16;

/** Reads every file once, whatever is wrong with the others; `paths` are files and folders. */
export async function readManifestsInput(paths: readonly string[], tenantFile: string): Promise<ManifestsInput> {
  const tenantText = await readFileOr(tenantFile);
  const { tenant, findings } = Buffer.isBuffer(tenantText)
    ? readTenantFile(tenantText.toString(), tenantFile)
    : { findings: [tenantText] };
  const found = await findManifestFiles(paths, tenantFile);
  const texts = await inLanes(found.files, readers, async (file) => ({ file, text: await readFileOr(file) }));
  const readable: ManifestFile[] = [];
  const unreadable: Finding[] = [];
  for (const read of texts) {
    if (Buffer.isBuffer(read?.text)) readable.push({ file: read.file, text: read.text.toString() });
    else if (read) unreadable.push(read.text);
  }
  const manifests = readManifests(readable, tenant ?? anyTenant);
  const ofFiles = byFile([...unreadable, ...manifests.findings], found.files);
  return {
    ...(tenant ? { tenant } : {}),
    declarations: tenant ? manifests.declarations : [],
    findings: [...findings, ...found.findings, ...ofFiles],
  };
}

/** All findings of a file together, in the order of the files. */
function byFile(findings: readonly Finding[], files: readonly string[]): Finding[] {
  const order = new Map(files.map((file, index) => [file, index]));
  const placeOf = ({ where }: Finding) => order.get(where) ?? order.get(fileOf(where)) ?? files.length;
  return findings.toSorted((one, other) => placeOf(one) - placeOf(other));
}

/** The file of a place in it: `file:line:column`, or the file itself. */
export const fileOf = (where: string): string => where.replace(/:\d+:\d+$/, '');
