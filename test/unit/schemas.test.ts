/** The JSON schemas for editors: as the code has them, and of use. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { schemaFiles, schemasFolder } from '../../docs/generate-schemas.ts';

const examples = join(import.meta.dirname, '..', '..', 'examples');

describe('the schemas for editors', () => {
  test('are up to date (else run `node docs/generate-schemas.ts`)', async () => {
    for (const [name, text] of schemaFiles())
      assert.equal(await readFile(join(schemasFolder, name), 'utf8'), text, name);
  });

  const schemaOf = (name: string): z.ZodType => z.fromJSONSchema(JSON.parse(schemaFiles().get(name) ?? ''));
  const valuesOf = (text: string): unknown[] => {
    const documents = parseAllDocuments(text);
    assert.ok(Array.isArray(documents));
    return documents.map((document): unknown => document.toJS());
  };

  for (const name of ['tenant', 'application', 'idporten-client', 'maskinporten-client']) {
    test(`accept the example of ${name}, and not what is misspelt in it`, async () => {
      const text = await readFile(join(examples, `${name}.yaml`), 'utf8');
      const schema = schemaOf(`${name}.json`);
      for (const value of valuesOf(text)) assert.deepEqual(schema.safeParse(value).error, undefined);
      const misspelt = text.replace(/^( *)(clientId|sessionLifetime|secretName):/gm, '$1$2s:');
      for (const value of valuesOf(misspelt)) assert.equal(schema.safeParse(value).success, false);
    });
  }
});
