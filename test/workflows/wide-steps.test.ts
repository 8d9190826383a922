/** The gate before plans that others notice: who gets access, what ends. People decide, and nothing is done before. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ask, endOf } from '../../client/provision.ts';
import type { Asked } from '../../client/provision.ts';
import { defaultGatePolicy } from '../../domain/approval.ts';
import type { Decision, GatePolicy } from '../../domain/approval.ts';
import { decisionsSecretName } from '../../domain/client-names.ts';
import { sameResource } from '../../domain/names.ts';
import type { ExposedScope, OAuthClientName } from '../../domain/oauth-client.ts';
import type { Operation, ProvisioningResult } from '../../domain/provisioning.ts';
import { clientStatusQuery, decideSignal, decideUpdate, withdrawUpdate } from '../../workflows/messages.ts';
import type { ClientRunStatus, DecisionAnswer } from '../../workflows/messages.ts';
import { organisation } from '../onboarding.ts';
import { exposedScope, machineName, machineSpecOf, onboardAdminClient, requestOf, tenantOf } from '../provisioning.ts';
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
  digdir.registerPrefix(organisation, 'etat');
  for (const orgno of [one, two, stranger]) digdir.registerOrganisation(orgno, `Organisation ${orgno}`);
  await onboardAdminClient(world, 'maskinporten');
  const call = await apiCaller(world.cloud, organisation);
  digdir.grantScopes(`admin-${organisation}`, ['idporten:scopes.write']);
  byHand = (verb, path, body) => call(verb, path, body, 'idporten:scopes.write');
});
after(() => world.close());

const exposed = (consumers: readonly string[] = [one]): ExposedScope =>
  exposedScope({ consumers: consumers.map((orgno) => ({ orgno })) });

const declared = (...exposes: ExposedScope[]): Operation => ({
  kind: 'apply',
  spec: machineSpecOf({ consumes: ['nav:open/lesing'], exposes }),
});

type Asking = { readonly policy?: Partial<GatePolicy>; readonly by?: string };

function request(
  client: OAuthClientName,
  operation: Operation,
  { policy = {}, by = 'per' }: Asking = {},
): Promise<Asked> {
  const wide = { ...defaultGatePolicy, remindAfter: [], ...policy };
  return ask(world.client, world.prefix, requestOf(world, client, operation, { approval: { wide }, requestedBy: by }));
}

async function statusWhen({ handle }: Asked, isSo: (status: ClientRunStatus) => boolean): Promise<ClientRunStatus> {
  for (;;) {
    const status = await handle.query(clientStatusQuery);
    if (isSo(status)) return status;
    assert.notEqual(status.phase, 'ended', JSON.stringify(status.ends));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What is awaited about the request, once it is: about another plan than the one with this digest. */
async function gateOf(asked: Asked, digest?: string): Promise<NonNullable<ClientRunStatus['asked']>> {
  const isNext = ({ asked: found }: ClientRunStatus) =>
    found?.sequence === asked.sequence && found.awaiting.digest !== digest;
  const status = await statusWhen(asked, isNext);
  return status.asked ?? assert.fail();
}

type Said = Partial<Pick<Decision, 'verdict' | 'by' | 'reason'>>;

const decide = ({ handle }: Asked, digest: string, said: Said = {}): Promise<DecisionAnswer> =>
  handle.executeUpdate(decideUpdate, {
    args: [{ gate: 'wide', digest, verdict: 'approve', by: 'kari', reason: 'seen', ...said }],
  });

async function detailsOf({ handle }: Asked): Promise<string> {
  const metadata = (await handle.query('__temporal_workflow_metadata')) as { currentDetails?: string };
  return metadata.currentDetails ?? '';
}

const withdraw = ({ handle }: Asked) =>
  handle.executeUpdate(withdrawUpdate, { args: [{ by: 'per', reason: 'a mistake' }] });

const nameOf = ({ prefix, product, separator, name }: ExposedScope) => `${prefix}:${product}${separator}${name}`;
const scopeAt = (scope: ExposedScope) =>
  world.cloud.digdir.inspect().scopes.find((found) => found.scope.name === nameOf(scope))?.scope;
const consumersAt = (scope: ExposedScope) =>
  world.cloud.digdir
    .inspect()
    .accesses.filter((access) => access.scope === nameOf(scope) && access.state === 'APPROVED')
    .map(({ consumer }) => consumer);
const clientsMarked = ({ name }: OAuthClientName) =>
  world.cloud.digdir.inspect().clients.filter(({ client }) => client.description === `dev:team:${name}`);

/** What was kept of the client's gates, in the order in which it was. */
function recordsOf(client: OAuthClientName): Record<string, unknown>[] {
  const name = decisionsSecretName(tenantOf(world).google, client);
  const secret = world.cloud.google.inspect().secrets.find((found) => sameResource(found.name, name));
  const versions = secret?.versions ?? [];
  return versions.map(({ payload }) => JSON.parse(payload?.toString() ?? '') as Record<string, unknown>);
}

/** The client with one scope that one organisation has access to: what others notice comes after. */
async function provisioned(): Promise<{ client: OAuthClientName; scope: ExposedScope }> {
  const [client, scope] = [machineName(world), exposed()];
  const asked = await ask(world.client, world.prefix, requestOf(world, client, declared(scope)));
  const { outcome, message } = await endOf(asked);
  assert.equal(outcome, 'applied', message);
  return { client, scope };
}

const widened = (scope: ExposedScope): ExposedScope => ({ ...scope, consumers: [{ orgno: one }, { orgno: two }] });

describe('the gate for wide steps', { concurrency: 3 }, () => {
  test('nothing of a new client is made before its plan is approved; then all of it is, and it is kept who did', async () => {
    const [client, scope] = [machineName(world), exposed()];
    const asked = await request(client, declared(scope));
    const { awaiting, plan } = await gateOf(asked);
    assert.deepEqual(
      plan.filter((step) => step.wide).map(({ change }) => change),
      [`give organisation ${one} access to ${nameOf(scope)}`],
    );
    assert.deepEqual([awaiting.gate, awaiting.missing, awaiting.requestedBy], ['wide', 1, 'per']);
    assert.deepEqual([clientsMarked(client), scopeAt(scope)], [[], undefined]);

    const answer = await decide(asked, awaiting.digest);
    assert.equal(answer.outcome, 'counted', answer.message);
    const end = await endOf(asked);
    assert.equal(end.outcome, 'applied', end.message);
    assert.deepEqual(consumersAt(scope), [one]);
    const decisions = end.decisions?.map(({ decidedBy, verdict, outcome }) => [decidedBy, verdict, outcome]);
    assert.deepEqual(decisions, [['kari', 'approve', 'counted']]);
    const [record, ...more] = recordsOf(client);
    assert.deepEqual([record?.['outcome'], record?.['decisions'], more], ['applied', end.decisions, []]);
  });

  test('the details tell what is awaited, from whom, which steps are wide, and how to answer', async () => {
    const { client, scope } = await provisioned();
    const asked = await request(client, declared(widened(scope)), { policy: { who: ['kari', 'ola'], approvers: 2 } });
    const { awaiting } = await gateOf(asked);
    const details = await detailsOf(asked);
    assert.match(details, /## Awaited: 2 approvals of wide/);
    assert.match(details, /\*\*From:\*\* kari or ola/);
    assert.match(details, new RegExp(`\\*\\*wide:\\*\\* give organisation ${two} access`));
    assert.match(details, new RegExp(`digdir approve '${asked.handle.workflowId}' --gate wide`));
    assert.ok(details.includes(`"digest": "${awaiting.digest}"`), details);
    await withdraw(asked);
    await endOf(asked);
  });

  test('the requester never counts, a stale digest does not, and one rejection ends it with nothing done', async () => {
    const { client, scope } = await provisioned();
    const asked = await request(client, declared(widened(scope)), { policy: { approvers: 2 } });
    const { awaiting } = await gateOf(asked);
    assert.equal((await decide(asked, awaiting.digest, { by: ' Per' })).code, 'DECISION_OWN_REQUEST');
    assert.equal((await decide(asked, 'sha256:0')).code, 'DECISION_STALE');
    assert.match((await decide(asked, awaiting.digest)).message, /1 more approval is awaited/);
    assert.equal((await decide(asked, awaiting.digest)).code, 'DECISION_DUPLICATE');
    const rejection = { gate: 'wide', verdict: 'reject', by: 'ola', reason: 'not them', digest: awaiting.digest };
    await asked.handle.signal(decideSignal, rejection);
    const end = await endOf(asked);
    assert.deepEqual([end.outcome, end.code, end.steps], ['rejected', 'REJECTED', []]);
    assert.match(end.message, /^ola rejected wide: not them\. Nothing of this plan was carried out\. Read the reason/);
    assert.deepEqual(consumersAt(scope), [one]);
    const { decisions = [] } = (await asked.handle.result()) as ProvisioningResult;
    assert.deepEqual(
      decisions.map(({ code, outcome }) => code ?? outcome),
      ['DECISION_OWN_REQUEST', 'DECISION_STALE', 'counted', 'DECISION_DUPLICATE', 'counted'],
    );
    assert.deepEqual(recordsOf(client)[0]?.['outcome'], 'rejected');
  });

  test('nobody decides in time: people are reminded, then it ends as expired', async () => {
    const { client, scope } = await provisioned();
    const asked = await request(client, declared(widened(scope)), { policy: { remindAfter: [1], expiresAfter: 2 } });
    const end = await endOf(asked);
    assert.deepEqual([end.outcome, end.code, consumersAt(scope)], ['expired', 'EXPIRED', [one]]);
    const reminders = world.audit.filter(
      (entry) => 'workflowId' in entry && entry.workflowId === asked.handle.workflowId && 'missing' in entry,
    );
    assert.equal(reminders.length, 1);
  });

  test('who asked may withdraw it, and nothing else of the run', async () => {
    const { client, scope } = await provisioned();
    const asked = await request(client, declared());
    await gateOf(asked);
    assert.equal((await withdraw(asked)).outcome, 'accepted');
    const end = await endOf(asked);
    assert.deepEqual([end.outcome, end.code, scopeAt(scope)?.active], ['withdrawn', 'WITHDRAWN', true]);
    assert.match(end.message, /^Withdrawn by per: a mistake\. /);
  });

  test('a newer declaration takes the place of the one that waits, and needs an approval of its own', async () => {
    const { client, scope } = await provisioned();
    const first = await request(client, declared(widened(scope)));
    const { awaiting } = await gateOf(first);
    const second = await request(client, declared());
    const later = await gateOf(second);
    assert.equal((await decide(second, awaiting.digest)).code, 'DECISION_STALE');
    assert.equal((await decide(second, later.awaiting.digest)).outcome, 'counted');
    const [superseded, applied] = [await endOf(first), await endOf(second)];
    assert.deepEqual([superseded.outcome, superseded.supersededBy], ['superseded', 2]);
    assert.equal(applied.outcome, 'applied', applied.message);
    assert.deepEqual([scopeAt(scope)?.active, consumersAt(scope)], [false, [one]]);
  });

  test('the same declaration, applied again, keeps the approvals and the time of the one that waits', async () => {
    const { client, scope } = await provisioned();
    const first = await request(client, declared(widened(scope)), { policy: { approvers: 2 } });
    const { awaiting } = await gateOf(first);
    await decide(first, awaiting.digest);
    const again = await request(client, declared(widened(scope)), { policy: { approvers: 2 } });
    const { awaiting: still } = await gateOf(again);
    assert.deepEqual([still.digest, still.since, still.missing], [awaiting.digest, awaiting.since, 1]);
    await decide(again, still.digest, { by: 'ola' });
    assert.deepEqual([(await endOf(first)).outcome, (await endOf(again)).outcome], ['superseded', 'applied']);
  });

  test('what is asked about keys does not wait for people, and what they approve is the same afterwards', async () => {
    const { client, scope } = await provisioned();
    const asked = await request(client, declared(widened(scope)));
    const { awaiting } = await gateOf(asked);
    const rotation = await request(client, { kind: 'rotate-key' });
    const { ends } = await statusWhen(asked, (status) => status.ends.length > 0 && status.current?.sequence === 1);
    assert.deepEqual(
      ends.map(({ sequence, outcome }) => [sequence, outcome]),
      [[rotation.sequence, 'applied']],
    );
    assert.equal((await gateOf(asked)).awaiting.digest, awaiting.digest);
    assert.equal((await decide(asked, awaiting.digest)).outcome, 'counted');
    const end = await endOf(asked);
    assert.equal(end.outcome, 'applied', end.message);
    assert.deepEqual(consumersAt(scope), [one, two]);
  });

  test('where the world changed while people decided, they are asked anew about the new plan', async () => {
    const { client, scope } = await provisioned();
    const asked = await request(client, declared(widened(scope)));
    const { awaiting } = await gateOf(asked);
    const path = `/scopes/access/${stranger}?scope=${encodeURIComponent(nameOf(scope))}`;
    assert.equal((await byHand('PUT', path)).status, 200);
    assert.equal((await decide(asked, awaiting.digest)).outcome, 'counted');
    const anew = await gateOf(asked, awaiting.digest);
    assert.deepEqual(consumersAt(scope), [one, stranger]);
    assert.ok(anew.plan.some(({ kind }) => kind === 'withdraw-access'));
    await decide(asked, anew.awaiting.digest);
    const end = await endOf(asked);
    assert.equal(end.outcome, 'applied', end.message);
    assert.deepEqual(consumersAt(scope), [one, two]);
  });

  test('a removal that ends scopes waits; what nobody else notices does not', async () => {
    const { client, scope } = await provisioned();
    const narrow = await endOf(await request(client, declared({ ...scope, atMaxAge: 60 })));
    assert.deepEqual([narrow.outcome, narrow.decisions], ['applied', undefined]);
    const removal = await request(client, { kind: 'delete' });
    const { awaiting } = await gateOf(removal);
    assert.equal(clientsMarked(client)[0]?.client.active, true);
    await decide(removal, awaiting.digest);
    assert.equal((await endOf(removal)).outcome, 'applied');
    assert.equal(scopeAt(scope)?.active, false);
  });
});
