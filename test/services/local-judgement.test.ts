/** Judging a grant from outside: what the token endpoint would say, without having been asked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ORGANISATION, requestToken, signGrant, startTestWorld } from './local-digdir.ts';

const scopes = ['idporten:dcr.read', 'idporten:dcr.write'];

test('a judgement says what a grant would bring, and leaves no trace', async (t) => {
  const world = await startTestWorld();
  t.after(() => world.close());
  const { authority, digdir, calls } = world;
  const certificate = await authority.issue({ organisation: ORGANISATION });
  digdir.registerAdminClient({ clientId: 'client', organisation: ORGANISATION, scopes });
  const assertion = await signGrant(digdir, { clientId: 'client', scope: scopes.join(' '), certificate });

  assert.deepEqual(await digdir.judge(assertion), scopes);
  assert.deepEqual(await digdir.judge(assertion), scopes);
  assert.match(String(await digdir.judge(`${assertion.slice(0, -8)}AAAAAAAA`)), /^MP-124: /);
  assert.deepEqual([calls.count(), digdir.issuedTokens(), digdir.receivedAssertions()], [0, [], []]);
  const { usedGrants, refusals } = digdir.inspect();
  assert.deepEqual([usedGrants, refusals], [0, []]);

  assert.equal((await requestToken(digdir, assertion)).status, 200, 'it is not used up');
});
