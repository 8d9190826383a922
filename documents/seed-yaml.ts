/**
 * The YAML by which a tenant tells the platform where key, chain and client id are (Nais' onboarding page of November
 * 2023): read to adopt what was made by hand, written when an onboarding is done; and the same for today's digdirator.
 */

import { stringify } from 'yaml';
import type { Finding } from '../domain/failures.ts';
import { clientKinds, type ClientKind, type ExistingResources } from '../domain/tenant.ts';
import { entryOf, invalid, type SeedEntry } from './seed-entry.ts';
import { readYaml } from './yaml-source.ts';

/** Existing resources per admin client. */
export type SeedResources = { readonly [kind in ClientKind]?: ExistingResources };

/**
 * The resources that the YAML names, or all findings. Nested as `maskinporten` and `idporten`, in each `kms.key`,
 * `secret-manager.client-id` and `secret-manager.cert-chain`. Blocks may be left out, as in copies of the page that lost
 * them, where the resource's own name says for which client it is. Versions are numbers: `latest` is refused.
 */
export function readSeedYaml(text: string, file: string): { resources?: SeedResources; findings: Finding[] } {
  const source = readYaml(text, file, { duplicateKeys: true });
  const findings = [...source.findings];
  const resources: { [kind in ClientKind]?: { [field in SeedEntry['field']]?: string } } = {};
  for (const leaf of source.leaves()) {
    const entry = entryOf(leaf);
    if ('code' in entry) findings.push(entry);
    else if (resources[entry.kind]?.[entry.field] !== undefined) {
      findings.push(invalid(leaf, `is there twice for ${entry.kind}`));
    } else resources[entry.kind] = { ...resources[entry.kind], [entry.field]: entry.name };
  }
  if (findings.length === 0 && Object.keys(resources).length === 0) {
    findings.push({ code: 'FIELD_MISSING', where: `${file}:1:1`, message: 'The document names no resources.' });
  }
  return findings.length > 0 ? { findings } : { resources, findings };
}

/** The page's YAML, nested, with `cert-chain` spelt right; `readSeedYaml` reads it back. */
export function writeSeedYaml(resources: SeedResources): string {
  const blocks = clientKinds.flatMap((kind) => {
    const { keyVersion, clientIdVersion, chainVersion } = resources[kind] ?? {};
    const kms = present({ key: keyVersion });
    const secretManager = present({ 'client-id': clientIdVersion, 'cert-chain': chainVersion });
    const block = present({ kms, 'secret-manager': secretManager });
    return block ? [[kind, block] as const] : [];
  });
  return stringify(Object.fromEntries(blocks), {
    lineWidth: 0,
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
  });
}

export type DigdiratorAdmin = {
  readonly clientId: string;
  /** Full name of the KMS key version. */
  readonly keyVersion: string;
  /** PEM, leaf first. */
  readonly chainPem: string;
  readonly scopes: readonly string[];
  /** Base of the self-service API; digdirator adds `/api/v1` where that is missing. */
  readonly selfService: string;
  readonly maskinportenMetadata: string;
};

/** The settings by which nais/digdirator uses the same key, chain and client: YAML for its configuration file. */
export function digdiratorSettings(admin: DigdiratorAdmin): string {
  const settings = {
    digdir: {
      admin: {
        'base-url': admin.selfService,
        'client-id': admin.clientId,
        'kms-key-path': admin.keyVersion,
        scopes: admin.scopes.join(' '),
        'cert-chain': admin.chainPem,
      },
      maskinporten: { 'well-known-url': admin.maskinportenMetadata },
    },
  };
  return stringify(settings, { lineWidth: 0 });
}

function present<T>(block: Readonly<Record<string, T | undefined>>): Record<string, T> | undefined {
  const entries = Object.entries(block).filter((entry): entry is [string, T] => entry[1] !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
