/**
 * The manifests of applications: YAML in, the clients that they declare and every finding out. docs/manifests.md
 * explains them to the people who write them.
 */

import { stops, type Finding } from '../domain/failures.ts';
import type { Declaration } from '../domain/oauth-client.ts';
import type { Tenant } from '../domain/tenant.ts';
import { byPlace, check, valueAt } from './findings.ts';
import { annotationFindings, policiesOf } from './manifest-annotations.ts';
import { textAt, type Draft } from './manifest-draft.ts';
import { kindOf } from './manifest-kinds.ts';
import { draftFindings } from './manifest-rules.ts';
import { specOf } from './manifest-spec.ts';
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
 * A document with a finding that stops holds back itself; a file that is not YAML holds back all of its documents, and a
 * client that is declared twice all documents that declare it. Notices hold back nothing.
 */
export function readManifests(
  files: readonly ManifestFile[],
  tenant: ManifestTenant,
): { declarations: Declaration[]; findings: Finding[] } {
  const readings = withoutDuplicates(files.flatMap((file) => readFile(file, tenant)));
  const first = readings.find(({ draft }) => draft !== undefined);
  const findings = readings.flatMap((reading) => reading.findings);
  if (first && !tenant.applications) findings.push(undeclared(first));
  return {
    declarations: readings.flatMap((reading) => declarationOf(reading, tenant) ?? []),
    findings: findings.sort(byPlace),
  };
}

/** One document on the way to a declaration. */
type Reading = {
  readonly source: YamlSource;
  readonly draft?: Draft;
  readonly findings: readonly Finding[];
  /** Whether something beside its own findings keeps it from being declared. */
  readonly held: boolean;
};

function readFile({ file, text }: ManifestFile, tenant: ManifestTenant): Reading[] {
  const sources = readYamlDocuments(text, file);
  const unreadable = sources.some(({ value }) => value === undefined);
  const readings = sources
    .filter(({ value }) => value !== null)
    .map((source) => readDocument(source, tenant, unreadable));
  if (readings.length > 0) return readings;
  const where = `${file}:1:1`;
  const findings: Finding[] = [{ code: 'MANIFEST_EMPTY', where, message: 'There is no document in the file.' }];
  return [{ source: { locate: () => where, findings, leaves: () => [] }, findings, held: true }];
}

function readDocument(source: YamlSource, { environment }: ManifestTenant, held: boolean): Reading {
  const { value, locate } = source;
  const findings = [...source.findings];
  if (value === undefined) return { source, findings, held };
  const kind = kindOf(value, locate);
  if ('code' in kind) return { source, findings: [...findings, kind], held };
  const draft = kind.draft(value);
  findings.push(...check(kind.schema, value, locate).findings, ...annotationFindings(value, locate));
  if (valueAt(value, ['spec', 'maskinporten', 'enabled']) === true) {
    const where = locate(['spec', 'maskinporten'], 'key');
    findings.push({ code: 'MANIFEST_NOT_YET', where, message: 'Maskinporten clients are not provisioned yet.' });
  }
  if (draft) return { source, draft, findings: [...findings, ...draftFindings(draft, environment, locate)], held };
  const message = 'The application has no ID-porten client: `spec.idporten` is absent, or not enabled.';
  return { source, findings: [...findings, { code: 'MANIFEST_IGNORED', where: locate([], 'value'), message }], held };
}

/** Holds back all declarations of a client that has several: which one counts, nobody can tell. */
function withoutDuplicates(readings: readonly Reading[]): Reading[] {
  const sameClient = Map.groupBy(readings, clientOf);
  return readings.map((reading) => {
    const name = clientOf(reading);
    const [first, second] = sameClient.get(name) ?? [];
    if (name === undefined || !first || !second) return reading;
    const finding = first === reading ? [] : [duplicate(name, reading, first)];
    return { ...reading, findings: [...reading.findings, ...finding], held: true };
  });
}

function duplicate(name: string, reading: Reading, first: Reading): Finding {
  const { source, draft } = reading;
  const other = draft?.integrationType === first.draft?.integrationType ? '' : ', with another integration type';
  const message = `${name} is declared at ${first.source.locate([], 'value')} already${other}.`;
  return { code: 'MANIFEST_DUPLICATE', where: source.locate(['metadata', 'name'], 'value'), message };
}

/** Which client a document declares, as far as it can be read. */
function clientOf(reading: Reading): string | undefined {
  const name = reading.draft && nameOf(reading);
  return name && `${name.namespace}/${name.name}`;
}

function nameOf({ source }: Reading): { name: string; namespace: string } | undefined {
  const name = textAt(source.value, ['metadata', 'name'])?.value;
  const namespace = textAt(source.value, ['metadata', 'namespace'])?.value;
  return name === undefined || namespace === undefined ? undefined : { name, namespace };
}

function undeclared({ source }: Reading): Finding {
  const message = 'A client is declared, and the tenant file has no block `applications`.';
  return { code: 'APPLICATIONS_UNDECLARED', where: source.locate([], 'value'), message };
}

function declarationOf(
  reading: Reading,
  { tenant, environment, applications }: ManifestTenant,
): Declaration | undefined {
  const { source, draft, findings, held } = reading;
  const name = nameOf(reading);
  if (!draft || !name || !applications || held || findings.some(stops)) return undefined;
  const client = { tenant, environment, cluster: applications.cluster, ...name, kind: 'idporten' } as const;
  const spec = { ...specOf(draft, applications), ...policiesOf(source.value) };
  return { client, spec, where: source.locate([], 'value') };
}
