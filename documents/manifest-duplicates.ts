/** What only one document may declare: a client of each kind for each application, and a scope for all applications. */

import type { Finding } from '../domain/failures.ts';
import { clientKinds, type ClientKind } from '../domain/tenant.ts';
import { nameOf, type Reading } from './manifest-reading.ts';
import type { ExposedDraft } from './maskinporten-draft.ts';

/** Holds back all documents that declare the same: which one counts, nobody can tell. */
export function withoutDuplicates(readings: readonly Reading[]): readonly Reading[] {
  return clientKinds.reduce(clientsOnce, scopesOnce(readings));
}

function clientsOnce(readings: readonly Reading[], kind: ClientKind): readonly Reading[] {
  const sameClient = Map.groupBy(readings, (reading) => clientOf(reading, kind));
  return readings.map((reading) => {
    const name = clientOf(reading, kind);
    const [first, second] = sameClient.get(name) ?? [];
    if (name === undefined || !first || !second) return reading;
    return withheld(reading, first === reading ? [] : [duplicate(name, kind, reading, first)]);
  });
}

function duplicate(name: string, kind: ClientKind, { source, drafts }: Reading, first: Reading): Finding {
  const sameType = drafts.idporten?.integrationType === first.drafts.idporten?.integrationType;
  const other = kind === 'maskinporten' || sameType ? '' : ', with another integration type';
  const message = `${titles[kind]} ${name} is declared at ${first.source.locate([], 'value')} already${other}.`;
  return { code: 'MANIFEST_DUPLICATE', where: source.locate(['metadata', 'name'], 'value'), message };
}

const titles: Record<ClientKind, string> = {
  idporten: 'The ID-porten client',
  maskinporten: 'The Maskinporten client',
};

/** Which client of the kind a document declares, as far as it can be read. */
function clientOf(reading: Reading, kind: ClientKind): string | undefined {
  const name = reading.drafts[kind] && nameOf(reading);
  return name && `${name.namespace}/${name.name}`;
}

type Exposure = { readonly reading: Reading; readonly exposed: ExposedDraft };

function scopesOnce(readings: readonly Reading[]): readonly Reading[] {
  const exposures = readings.flatMap((reading) =>
    (reading.drafts.maskinporten?.exposes ?? [])
      .filter(({ subscope }) => subscope !== undefined)
      .map((exposed) => ({ reading, exposed })),
  );
  const sameScope = Map.groupBy(exposures, ({ exposed }) => exposed.subscope);
  const sameReading = Map.groupBy(exposures, ({ reading }) => reading);
  return readings.map((reading) => {
    const shared = (sameReading.get(reading) ?? []).flatMap((exposure) => {
      const [first, second] = sameScope.get(exposure.exposed.subscope) ?? [];
      return first && second ? [{ exposure, first }] : [];
    });
    if (shared.length === 0) return reading;
    return withheld(
      reading,
      shared.flatMap(({ exposure, first }) => (first === exposure ? [] : exposedTwice(exposure, first))),
    );
  });
}

/** That one client is declared by two documents is said of the client, not of each of its scopes. */
function exposedTwice({ reading, exposed }: Exposure, first: Exposure): Finding[] {
  const client = clientOf(reading, 'maskinporten');
  const isRepeated = first.reading !== reading && client !== undefined;
  if (!exposed.name || (isRepeated && client === clientOf(first.reading, 'maskinporten'))) return [];
  const where = first.reading.source.locate(first.exposed.name?.path ?? [], 'value');
  const message = `The scope ${exposed.subscope?.slice(0, 100)} is exposed at ${where} already.`;
  return [{ code: 'SCOPE_EXPOSED_TWICE', where: reading.source.locate(exposed.name.path, 'value'), message }];
}

const withheld = (reading: Reading, findings: readonly Finding[]): Reading => ({
  ...reading,
  findings: [...reading.findings, ...findings],
  held: true,
});
