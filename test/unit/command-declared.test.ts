/** What `plan` and `apply` make of manifests: a request for each client that is declared. */

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Call } from '../../client/call.ts';
import { readDeclared, type Declared } from '../../client/declared.ts';
import { application, maskinportenClient, withBoth } from '../manifests.ts';

const tenantText = `
tenant: etat
environment: test
organisation: "991825827"
google: { project: etat-prod, location: europe-north1, keyRing: digdir }
platform: group:platform@etat.no
clients: { maskinporten: { clientId: 5b0f } }
applications:
  cluster: dev-gcp
  clientName: Etaten
  clientURI: https://www.etat.no
  maskinporten: { scopePrefix: etat, defaultScope: "etat:standard" }
`;

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digdir-declared-'));
  await writeFile(join(folder, 'tenant.yaml'), tenantText);
});
after(async () => await rm(folder, { recursive: true }));

async function declaredBy(manifest: string, tenant = 'tenant.yaml'): Promise<Declared & { said: readonly string[] }> {
  const file = join(folder, 'm.yaml');
  await writeFile(file, manifest);
  const said: string[] = [];
  const call: Call = {
    arguments: [],
    options: { file: [file], tenant: join(folder, tenant), by: 'kari' },
    environment: {},
    output: {
      data: () => undefined,
      say: (line) => said.push(line),
      json: false,
      interactive: false,
      live: false,
      terminal: false,
    },
  };
  return { ...(await readDeclared(call)), said };
}

test('an application that declares both kinds of clients has both', async () => {
  for (const manifest of [withBoth(), `${application()}\n---\n${maskinportenClient()}`]) {
    const { orders, findings, exitCode } = await declaredBy(manifest);
    assert.deepEqual(
      new Set(orders.map(({ request }) => `${request.operation.kind} ${request.client.kind}`)),
      new Set(['apply idporten', 'apply maskinporten']),
    );
    assert.deepEqual([findings, exitCode], [[], 0]);
  }
});

test('what is wrong with one holds back the document, and is said instead', async () => {
  const { orders, findings, exitCode } = await declaredBy(withBoth('scopes: { consumes: [{ name: inntekt }] }'));
  assert.deepEqual([orders, findings.map(({ code }) => code), exitCode], [[], ['FIELD_INVALID'], 3]);
});

test('without a tenant file that can be used, nothing is said of what it might have given', async () => {
  const { findings } = await declaredBy(maskinportenClient('exposes: []').replace(/\[\{.*\]/, '[]'), 'none.yaml');
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['FILE_UNREADABLE'],
  );
});
