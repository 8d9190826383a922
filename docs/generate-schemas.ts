/** Writes `docs/schemas/*.json`, by which editors check and complete our documents: `node docs/generate-schemas.ts`. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { applicationSchema, idportenClientSchema, maskinportenClientSchema } from '../documents/manifest-schema.ts';
import { tenantFileSchema } from '../documents/tenant-schema.ts';

export const schemasFolder = join(import.meta.dirname, 'schemas');

const documents: ReadonlyArray<readonly [name: string, title: string, schema: z.ZodType]> = [
  ['tenant', 'Tenant file of digdir-workflows', tenantFileSchema],
  ['application', 'Nais Application, as far as it declares clients', applicationSchema],
  ['idporten-client', 'IDPortenClient', idportenClientSchema],
  ['maskinporten-client', 'MaskinportenClient', maskinportenClientSchema],
];

/** File name to text. What stands in a document is described, not what is read from it: defaults may be left out. */
export function schemaFiles(): Map<string, string> {
  return new Map(
    documents.map(([name, title, schema]) => {
      const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
      return [`${name}.json`, `${JSON.stringify({ $schema, title, ...rest }, undefined, 2)}\n`];
    }),
  );
}

if (import.meta.main) {
  await mkdir(schemasFolder, { recursive: true });
  for (const [name, text] of schemaFiles()) await writeFile(join(schemasFolder, name), text);
}
