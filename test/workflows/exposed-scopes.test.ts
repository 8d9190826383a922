/** Scopes that a client exposes: one owner each, consumers as declared, ended when they are no longer declared. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ExposedScope, OAuthClientName } from '../../domain/oauth-client.ts';
import type { Disturbance } from '../../local/calls.ts';
import { organisation } from '../onboarding.ts';
import { exposedScope, machineName, machineSpecOf, onboardAdminClient, preview, provision } from '../provisioning.ts';
import { apiCaller } from '../services/self-service-caller.ts';
import type { Call } from '../services/self-service-caller.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';

const [one, two, stranger] = ['889640782', '999999999', '312345609'];

let world: TestWorld;
let byHand: Call;
before(async () => {
  world = await startTestWorld();
  const { digdir } = world.cloud;
  digdir.registerScope({ name: 'nav:open/lesing', owner_orgno: one, accessible_for_all: true });
  for (const prefix of ['etat', 'annen']) digdir.registerPrefix(organisation, prefix);
  for (const orgno of [one, two]) digdir.registerOrganisation(orgno, `Organisation ${orgno}`);
  await onboardAdminClient(world, 'maskinporten');
  const call = await apiCaller(world.cloud, organisation);
  digdir.grantScopes(`admin-${organisation}`, ['idporten:scopes.write']);
  byHand = (verb, path, body) => call(verb, path, body, 'idporten:scopes.write');
});
after(() => world.close());

const exposed = (changes: Partial<ExposedScope> = {}) =>
  exposedScope({ consumers: [{ orgno: one, name: 'En etat' }], ...changes });

const operation = (...exposes: ExposedScope[]) =>
  ({ kind: 'apply', spec: machineSpecOf({ consumes: ['nav:open/lesing'], exposes }) }) as const;
const apply = (client: OAuthClientName, ...exposes: ExposedScope[]) => provision(world, client, operation(...exposes));
const nameOf = ({ prefix, product, separator, name }: ExposedScope) => `${prefix}:${product}${separator}${name}`;
const kindsOf = ({ steps }: { readonly steps: readonly { readonly kind: string }[] }) => steps.map(({ kind }) => kind);
const scopeAt = (name: string) => world.cloud.digdir.inspect().scopes.find(({ scope }) => scope.name === name)?.scope;
const consumersAt = (name: string) =>
  world.cloud.digdir
    .inspect()
    .accesses.filter(({ scope, state }) => scope === name && state === 'APPROVED')
    .map(({ consumer }) => consumer);

test('a declared scope is made for its owner, and its consumers get access; a second apply has nothing to do', async () => {
  const client = machineName(world);
  const scope = exposed({ consumers: [{ orgno: one }, { orgno: two }] });
  const end = await apply(client, scope);
  assert.equal(end.outcome, 'applied', end.message);
  assert.deepEqual(kindsOf(end).slice(-5), [
    'claim-scopes',
    'create-scope',
    'grant-access',
    'grant-access',
    'write-record',
  ]);
  const made = scopeAt(nameOf(scope));
  assert.equal(made?.description, `${scope.product} - dev:team:${client.name}`);
  assert.deepEqual([made?.active, made?.at_max_age, made?.visibility], [true, 30, 'PUBLIC']);
  assert.deepEqual(consumersAt(nameOf(scope)), [one, two]);
  assert.deepEqual(await preview(world, client, operation(scope)), { steps: [], notices: [] });
  assert.equal((await apply(client, scope)).outcome, 'unchanged');
});

test('who gets access, and what ends, is marked as wide', async () => {
  const client = machineName(world);
  const scope = exposed();
  await apply(client, scope);
  const wide = async (...exposes: ExposedScope[]) =>
    (await preview(world, client, operation(...exposes))).steps.map(({ kind, wide: isWide }) => [
      kind,
      isWide ?? false,
    ]);
  assert.deepEqual(await wide({ ...scope, consumers: [{ orgno: one }, { orgno: two }] }), [
    ['grant-access', true],
    ['write-record', false],
  ]);
  assert.deepEqual(await wide({ ...scope, accessibleForAll: true }), [
    ['update-scope', true],
    ['write-record', false],
  ]);
  assert.deepEqual(await wide({ ...scope, atMaxAge: 60 }), [
    ['update-scope', false],
    ['write-record', false],
  ]);
  assert.deepEqual(await wide(), [
    ['deactivate-scope', true],
    ['write-record', false],
  ]);
});

test('a scope that leaves the manifest is deactivated, keeps its consumers, and is as it was when it comes back', async () => {
  const client = machineName(world);
  const [stays, leaves] = [exposed(), exposed()];
  await apply(client, stays, leaves);
  const without = await apply(client, stays);
  assert.deepEqual(kindsOf(without), ['deactivate-scope', 'write-record']);
  assert.deepEqual([scopeAt(nameOf(leaves))?.active, scopeAt(nameOf(stays))?.active], [false, true]);
  assert.deepEqual(consumersAt(nameOf(leaves)), [one]);
  assert.equal((await apply(client, stays)).outcome, 'unchanged');
  const back = await apply(client, stays, leaves);
  assert.deepEqual(kindsOf(back), ['claim-scopes', 'update-scope', 'write-record']);
  assert.equal(scopeAt(nameOf(leaves))?.active, true);
});

test('a scope that is not enabled is inactive', async () => {
  const client = machineName(world);
  const scope = exposed();
  await apply(client, scope);
  await apply(client, { ...scope, enabled: false });
  assert.equal(scopeAt(nameOf(scope))?.active, false);
  assert.equal((await apply(client, { ...scope, enabled: false })).outcome, 'unchanged');
});

test('drift of a scope and of its consumers is told and repaired', async () => {
  const client = machineName(world);
  const scope = exposed();
  await apply(client, scope);
  const query = `scope=${encodeURIComponent(nameOf(scope))}`;
  const found = scopeAt(nameOf(scope));
  const changed = { ...found, at_max_age: 600, description: 'by hand' };
  assert.equal((await byHand('PUT', `/scopes?${query}`, changed)).status, 200);
  assert.equal((await byHand('PUT', `/scopes/access/${two}?${query}`)).status, 200);
  assert.equal((await byHand('DELETE', `/scopes/access/${one}?${query}`)).status, 200);
  const { steps } = await preview(world, client, operation(scope));
  assert.deepEqual(
    steps.map(({ kind, change }) => [kind, change]),
    [
      ['update-scope', `change description, at_max_age of the scope ${nameOf(scope)}`],
      ['grant-access', `give organisation ${one} access to ${nameOf(scope)}`],
      ['withdraw-access', `withdraw the access of organisation ${two} to ${nameOf(scope)}`],
    ],
  );
  const end = await apply(client, scope);
  assert.equal(end.outcome, 'applied', end.message);
  assert.deepEqual(consumersAt(nameOf(scope)), [one]);
  assert.equal((await apply(client, scope)).outcome, 'unchanged');
});

test('a scope of another manifest cannot be taken: its owner is named, and nothing is made', async () => {
  const [owner, thief] = [machineName(world), machineName(world)];
  const scope = exposed();
  await apply(owner, scope);
  const end = await apply(thief, { ...scope, accessibleForAll: true });
  assert.deepEqual([end.outcome, end.code, end.steps], ['refused', 'SCOPE_OWNED', []]);
  assert.match(end.message, new RegExp(`belongs to dev:team:${owner.name}`));
  assert.equal(scopeAt(nameOf(scope))?.accessible_for_all, false);
  const found = scopeAt(nameOf(scope));
  await byHand('PUT', `/scopes?scope=${encodeURIComponent(nameOf(scope))}`, { ...found, description: 'ours' });
  assert.equal((await apply(thief, scope)).code, 'SCOPE_OWNED');
});

test('of two manifests that declare one scope at once, one has it; the other never touches it, whatever is asked of it', async () => {
  const scope = exposed();
  const clients = [machineName(world), machineName(world)];
  const ends = await Promise.all(clients.map((client) => apply(client, scope)));
  assert.deepEqual(
    ends.map(({ outcome }) => outcome).toSorted((a, b) => a.localeCompare(b)),
    ['applied', 'refused'],
  );
  const lost = ends.findIndex(({ outcome }) => outcome === 'refused');
  const loser = clients[lost] ?? assert.fail();
  assert.equal(ends[lost]?.code, 'SCOPE_OWNED');
  const made = scopeAt(nameOf(scope));
  assert.equal((await apply(loser, { ...scope, accessibleForAll: true })).code, 'SCOPE_OWNED');
  assert.equal((await apply(loser)).outcome, 'applied');
  assert.equal((await provision(world, loser, { kind: 'delete' })).outcome, 'applied');
  assert.deepEqual(scopeAt(nameOf(scope)), made);
});

test('what was made by hand between plan and step is not taken by the next apply', async () => {
  const client = machineName(world);
  const scope = exposed();
  const { calls } = world.cloud;
  const subscope = `${scope.product}/${scope.name}`;
  const draft = { prefix: scope.prefix, subscope, description: 'by hand', allowed_integration_types: ['maskinporten'] };
  calls.disturb({
    async before({ method, caller }): Promise<Disturbance> {
      if (method !== 'POST /api/v1/scopes' || caller === `admin-${organisation}`) return 'none';
      assert.equal((await byHand('POST', '/scopes', draft)).status, 201);
      calls.disturb();
      return 'none';
    },
  });
  assert.equal((await apply(client, scope)).code, 'SCOPE_OWNED');
  const made = scopeAt(nameOf(scope));
  assert.equal((await apply(client, scope)).code, 'SCOPE_OWNED');
  assert.equal((await provision(world, client, { kind: 'delete' })).outcome, 'applied');
  assert.deepEqual(scopeAt(nameOf(scope)), made);
});

test('the same product and name under two prefixes are two scopes', async () => {
  const scope = exposed();
  const [first, second] = [machineName(world), machineName(world)];
  assert.equal((await apply(first, scope)).outcome, 'applied');
  const other = { ...scope, prefix: 'annen' };
  assert.equal((await apply(second, other)).outcome, 'applied');
  assert.equal(scopeAt(nameOf(scope))?.description, `${scope.product} - dev:team:${first.name}`);
  assert.equal(scopeAt(nameOf(other))?.description, `${scope.product} - dev:team:${second.name}`);
});

test('a consumer that Digdir does not know is told, and the others have their access', async () => {
  const client = machineName(world);
  const scope = exposed({ consumers: [{ orgno: stranger }, { orgno: two }] });
  const end = await apply(client, scope);
  assert.equal(end.outcome, 'applied', end.message);
  assert.deepEqual(
    end.notices.map(({ code, where }) => [code, where]),
    [['SCOPE_CONSUMER_INVALID', stranger]],
  );
  assert.deepEqual(consumersAt(nameOf(scope)), [two]);
});

test('scopes end with the client that exposes them', async () => {
  const client = machineName(world);
  const scope = exposed();
  await apply(client, scope);
  const end = await provision(world, client, { kind: 'delete' });
  assert.equal(end.outcome, 'applied', end.message);
  assert.equal(scopeAt(nameOf(scope))?.active, false);
  assert.equal((await apply(client, scope)).outcome, 'applied');
  assert.equal(scopeAt(nameOf(scope))?.active, true);
});

test('a delegation source is given to Digdir by its issuer', async () => {
  const scope = exposed({ delegationSource: 'altinn' });
  const client = machineName(world);
  await apply(client, scope);
  assert.equal(scopeAt(nameOf(scope))?.delegation_source, 'https://tt02.altinn.no/');
  assert.equal((await apply(client, scope)).outcome, 'unchanged');
});
