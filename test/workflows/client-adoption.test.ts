/** Taking over one client: refused unless it is the right one, and nothing is changed before that is known. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import { surveyStart } from '../../domain/survey.ts';
import type { Survey } from '../../domain/survey.ts';
import { openDigdiratorWorld, works } from '../digdirator-world.ts';
import type { DigdiratorWorld, LeftClient } from '../digdirator-world.ts';
import { organisation } from '../onboarding.ts';
import {
  apply,
  clientAt,
  clientName,
  onboardAdminClient,
  preview,
  provision,
  specOf,
  surveyRequestOf,
} from '../provisioning.ts';
import { newKey } from '../services/self-service-caller.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';

let world: TestWorld;
let left: DigdiratorWorld;
before(async () => {
  world = await startTestWorld();
  await onboardAdminClient(world);
  left = await openDigdiratorWorld(world.cloud, organisation, 'etat');
});
after(() => world.close());

const adoption = (client: OAuthClientName, clientId: string) =>
  ({ kind: 'adopt', clientId, spec: specOf(client.name) }) as const;
const adopt = (client: OAuthClientName, clientId: string) => provision(world, client, adoption(client, clientId));

/** Ids of the admin clients: one is this world's, the other digdirator's. */
const admins = () =>
  world.cloud.digdir
    .inspect()
    .clients.filter(({ client }) => client.description.startsWith('Self-service client'))
    .map(({ client }) => client.client_id);

async function refused(client: OAuthClientName, clientId: string, message: RegExp): Promise<void> {
  const secrets = world.cloud.google.inspect().secrets.length;
  const writes = world.cloud.calls.list().filter(isWrite).length;
  const end = await adopt(client, clientId);
  assert.deepEqual([end.outcome, end.code, end.steps], ['refused', 'CLIENT_NOT_ADOPTABLE', []]);
  assert.match(end.findings?.[0]?.message ?? '', message);
  assert.equal(world.cloud.google.inspect().secrets.length, secrets);
  assert.equal(world.cloud.calls.list().filter(isWrite).length, writes);
}
const isWrite = ({ system, method }: { readonly system: string; readonly method: string }) =>
  system === 'self-service' && !method.startsWith('GET');

const keysOf = ({ id }: LeftClient) => clientAt(world, id).keys.map(({ kid }) => kid);

test('what a preview shows is what is done, and a second time there is nothing to do', async () => {
  const client = clientName(world);
  const found = await left.idportenClient(client);
  const kinds = (steps: readonly { readonly kind: string }[]) => steps.map(({ kind }) => kind);
  const { steps, notices } = await preview(world, client, adoption(client, found.id));
  const end = await adopt(client, found.id);
  assert.deepEqual([end.outcome, end.clientId], ['applied', found.id], end.message);
  assert.deepEqual(kinds(end.steps), kinds(steps));
  assert.deepEqual(kinds(steps).slice(0, 3), ['open-record', 'adopt-client', 'update-client']);
  assert.deepEqual(
    notices.map(({ code, where }) => [code, where]),
    [['CLIENT_KEY_KEPT', found.key.jwk.kid]],
  );
  assert.equal((await adopt(client, found.id)).outcome, 'unchanged');
  assert.equal((await apply(world, client)).outcome, 'unchanged');
  assert.deepEqual(keysOf(found), [found.key.jwk.kid, end.published?.kid]);
  const audited = world.audit.filter((entry) => 'event' in entry && entry.event === 'client-adopted');
  assert.ok(audited.some((entry) => 'clientId' in entry && entry.clientId === found.id));
});

test('a client of another mark, of another type, that is inactive or is not there is refused', async () => {
  const client = clientName(world);
  const other = await left.idportenClient({ ...client, name: 'en-annen' });
  await refused(client, other.id, /has the mark "dev:team:en-annen", not dev:team:/);
  const typed = await left.idportenClient(client, { integration_type: 'api_klient' });
  await refused(client, typed.id, /has the integration type "api_klient", not idporten/);
  const former = await left.idportenClient(client);
  assert.equal((await left.call('DELETE', `/clients/${former.id}`)).status, 204);
  await refused(client, former.id, /is inactive/);
  await refused(client, randomUUID(), /is not at Digdir/);
  assert.equal((await left.call('GET', `/clients/${other.id}`)).body['client_name'], 'Etaten');
});

test('an admin client is refused, whatever it bears', async () => {
  const [own = ''] = admins().filter((id) => id !== `admin-${organisation}`);
  await refused(clientName(world), own, /is an admin client of the organisation/);
});

test('a declaration that has a client already takes over no other', async () => {
  const client = clientName(world);
  const { clientId } = await apply(world, client);
  const double = await left.idportenClient(client);
  await refused(client, double.id, new RegExp(`is about the client ${clientId}, not ${double.id}`));
});

test('with five keys at Digdir there is no room for ours, which is known before anything is changed', async () => {
  const client = clientName(world);
  const found = await left.idportenClient(client);
  const keys = [found.key, ...Array.from({ length: 4 }, () => newKey(randomUUID()))].map(({ jwk }) => jwk);
  assert.equal((await left.call('POST', `/clients/${found.id}/jwks`, { keys })).status, 201);
  const before = JSON.stringify(clientAt(world, found.id));
  const end = await adopt(client, found.id);
  assert.deepEqual([end.outcome, end.code, end.steps], ['refused', 'CLIENT_KEYS_FULL', []]);
  assert.equal(JSON.stringify(clientAt(world, found.id)), before);
});

test('the answer to the write that takes it over is lost, and it is taken over once', async () => {
  const client = clientName(world);
  const found = await left.idportenClient(client);
  let lost = 0;
  world.cloud.calls.disturb({
    after: ({ system, method }) => {
      if (system !== 'secret-manager' || method !== 'UpdateSecret' || lost > 0) return 'none';
      lost += 1;
      return 'lose-reply';
    },
  });
  const end = await adopt(client, found.id);
  world.cloud.calls.disturb();
  assert.deepEqual([lost, end.outcome, end.clientId], [1, 'applied', found.id], end.message);
  assert.deepEqual(
    end.steps.filter(({ kind }) => kind === 'adopt-client').map(({ state }) => state),
    ['done'],
  );
  assert.equal((await provision(world, client, { kind: 'acknowledge' })).outcome, 'applied');
  assert.deepEqual(keysOf(found), [end.published?.kid]);
});

test('one that a person made is taken over with all its keys, after ours was removed', async () => {
  const client = clientName(world);
  await apply(world, client);
  assert.equal((await provision(world, client, { kind: 'delete' })).outcome, 'applied');
  const found = await left.idportenClient(client);
  const second = newKey(randomUUID());
  const keys = [found.key.jwk, second.jwk];
  assert.equal((await left.call('POST', `/clients/${found.id}/jwks`, { keys })).status, 201);
  const end = await adopt(client, found.id);
  assert.deepEqual([end.outcome, end.clientId], ['applied', found.id], end.message);
  for (const key of [found.key, second]) assert.equal(await works(world.cloud, { ...found, key }), true);
  assert.equal((await provision(world, client, { kind: 'acknowledge' })).outcome, 'applied');
  assert.deepEqual(keysOf(found), [end.published?.kid]);
});

test('a survey lists no admin client, and one that is not for its id or not readable is refused', async () => {
  const request = surveyRequestOf(world, clientName(world));
  const survey = async (input: object, id = randomUUID() as string): Promise<Survey> => {
    const { workflowType, ...start } = surveyStart(request, id);
    const options = { ...start, args: [input], taskQueue: world.prefix };
    return (await world.client.workflow.execute(workflowType, options)) as Survey;
  };
  const found = await left.idportenClient({ cluster: 'prod', namespace: 'team', name: 'liste' });
  const { clients } = await survey(request);
  assert.deepEqual(
    clients.find(({ clientId }) => clientId === found.id),
    { clientId: found.id, description: 'prod:team:liste', integrationType: 'idporten', active: true },
  );
  assert.ok(admins().length > 1);
  assert.deepEqual(
    clients.filter(({ clientId }) => admins().includes(clientId)),
    [],
  );
  const type = (error: unknown) => (error as { cause?: { type?: unknown } }).cause?.type;
  const elsewhere = { ...request, client: { ...request.client, kind: 'maskinporten' } };
  await assert.rejects(survey(elsewhere), (error) => type(error) === 'WORKFLOW_ID_MISMATCH');
  await assert.rejects(survey({ ...request, client: 'all' }), (error) => type(error) === 'FIELD_INVALID');
});
