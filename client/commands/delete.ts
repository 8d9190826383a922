/** `digdir delete`: takes a client out of use at Digdir, once it is certain which one is meant. */

import { clientTitle } from '../../domain/client-names.ts';
import { Refusal } from '../../domain/refusal.ts';
import { flag } from '../call.ts';
import type { Call } from '../call.ts';
import { readReference } from '../client-reference.ts';
import type { ClientReference } from '../client-reference.ts';
import { operateOn } from '../operate.ts';
import { confirms } from '../person.ts';

export async function deleteClient(call: Call): Promise<number> {
  if (!flag(call, 'yes') && !call.output.interactive) {
    throw new Refusal('USAGE', 'without a terminal, --yes has to say that the client is to be deleted');
  }
  const reference = await readReference(call);
  if (!flag(call, 'yes')) await confirm(call, reference);
  return await operateOn(call, reference, { kind: 'delete' });
}

async function confirm({ output }: Call, { client }: ClientReference): Promise<void> {
  const title = clientTitle(client);
  output.say(`${title} (${client.environment}) is taken out of use at Digdir, and its credentials are withdrawn.`);
  output.say('(One whose manifest says digdir.nais.io/preserve stays as it is.)');
  if (await confirms(`To delete the client ${title}?`, title)) return;
  throw new Refusal('NOT_CONFIRMED', 'the client was not deleted');
}
