/**
 * The manifests of applications: YAML in, the clients that they declare and every finding out. docs/manifests.md
 * explains them to the people who write them.
 */

import { stops, type Finding } from '../domain/failures.ts';
import type { Declaration } from '../domain/oauth-client.ts';
import type { Tenant } from '../domain/tenant.ts';
import { byPlace, check } from './findings.ts';
import { annotationFindings, policiesOf } from './manifest-annotations.ts';
import { withoutDuplicates } from './manifest-duplicates.ts';
import { kindOf } from './manifest-kinds.ts';
import { declares, nameOf, type Reading } from './manifest-reading.ts';
import { draftFindings } from './manifest-rules.ts';
import { specOf } from './manifest-spec.ts';
import { maskinportenFindings } from './maskinporten-rules.ts';
import { maskinportenSpecOf } from './maskinporten-spec.ts';
import { readYamlDocuments, type YamlSource } from './yaml-source.ts';

export type ManifestFile = {
  /** Its name in the findings' places (`file:line:column`). */
  readonly file: string;
  readonly text: string;
};

/** As much of the tenant file as declarations depend on. */
export type ManifestTenant = Pick<Tenant, 'tenant' | 'environment' | 'applications'>;

/**
 * The clients that the files declare, defaults filled in, and all findings in the order of the text. Never throws.
 *
 * A document with a finding that stops holds back itself, with both of its clients where it declares two; a file that is
 * not YAML holds back all of its documents, and a client or scope that is declared twice all documents that declare it.
 * Notices hold back nothing.
 */
export function readManifests(
  files: readonly ManifestFile[],
  tenant: ManifestTenant,
): { declarations: Declaration[]; findings: Finding[] } {
  const readings = withoutDuplicates(files.flatMap((file) => readFile(file, tenant)));
  const first = readings.find(declares);
  const findings = readings.flatMap((reading) => reading.findings);
  if (first && !tenant.applications) findings.push(undeclared(first));
  return {
    declarations: readings.flatMap((reading) => declarationsOf(reading, tenant)),
    findings: findings.sort(byPlace),
  };
}

function readFile({ file, text }: ManifestFile, tenant: ManifestTenant): Reading[] {
  const sources = readYamlDocuments(text, file);
  const unreadable = sources.some(({ value }) => value === undefined);
  const readings = sources
    .filter(({ value }) => value !== null)
    .map((source) => readDocument(source, tenant, unreadable));
  if (readings.length > 0) return readings;
  const where = `${file}:1:1`;
  const findings: Finding[] = [{ code: 'MANIFEST_EMPTY', where, message: 'There is no document in the file.' }];
  return [{ source: { locate: () => where, findings, leaves: () => [] }, drafts: {}, findings, held: true }];
}

function readDocument(source: YamlSource, tenant: ManifestTenant, held: boolean): Reading {
  const { value, locate } = source;
  const findings = [...source.findings];
  if (value === undefined) return { source, drafts: {}, findings, held };
  const kind = kindOf(value, locate);
  if ('code' in kind) return { source, drafts: {}, findings: [...findings, kind], held };
  const drafts = kind.drafts(value);
  findings.push(...check(kind.schema, value, locate).findings, ...annotationFindings(value, locate));
  const { idporten, maskinporten } = drafts;
  if (idporten) findings.push(...draftFindings(idporten, tenant.environment, locate));
  if (maskinporten) findings.push(...maskinportenFindings(maskinporten, tenant.applications, locate));
  if (!idporten && !maskinporten)
    findings.push({ code: 'MANIFEST_IGNORED', where: locate([], 'value'), message: none });
  return { source, drafts, findings, held };
}

const none = 'The application has no client: neither `spec.idporten` nor `spec.maskinporten` is there and enabled.';

function undeclared({ source }: Reading): Finding {
  const message = 'A client is declared, and the tenant file has no block `applications`.';
  return { code: 'APPLICATIONS_UNDECLARED', where: source.locate([], 'value'), message };
}

function declarationsOf(reading: Reading, { tenant, environment, applications }: ManifestTenant): Declaration[] {
  const { source, drafts, findings, held } = reading;
  const name = nameOf(reading);
  if (!name || !applications || held || findings.some(stops)) return [];
  const client = { tenant, environment, cluster: applications.cluster, ...name };
  const policies = policiesOf(source.value);
  const where = source.locate([], 'value');
  const idporten = drafts.idporten && specOf(drafts.idporten, applications);
  const maskinporten = drafts.maskinporten && maskinportenSpecOf(drafts.maskinporten, applications);
  return [
    ...(idporten
      ? [{ client: { ...client, kind: 'idporten' }, spec: { ...idporten, ...policies }, where } as const]
      : []),
    ...(maskinporten
      ? [{ client: { ...client, kind: 'maskinporten' }, spec: { ...maskinporten, ...policies }, where } as const]
      : []),
  ];
}
