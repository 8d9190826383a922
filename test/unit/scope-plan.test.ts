/** Whose scope it is, where record and description differ. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyRecord } from '../../domain/client-record.ts';
import type { ClientRecord } from '../../domain/client-record.ts';
import type { ObservedScope, WantedScope } from '../../domain/client-step.ts';
import { scopeBody } from '../../domain/scope-body.ts';
import { planScopeEnds, planScopes } from '../../domain/scope-plan.ts';

const [mark, name] = ['dev:team:app', 'etat:inntekt/les'];
const client = { tenant: 't', environment: 'test', cluster: 'dev', namespace: 'team', name: 'app' } as const;
const body = scopeBody(
  {
    enabled: true,
    prefix: 'etat',
    product: 'inntekt',
    name: 'les',
    separator: '/',
    atMaxAge: 30,
    allowedIntegrations: ['maskinporten'],
    consumers: [],
    accessibleForAll: false,
    visibility: 'public',
  },
  { ...client, kind: 'maskinporten' },
);
const wanted: WantedScope = { name, body, consumers: [] };
const claiming: ClientRecord = { ...emptyRecord, scopes: [name] };
const described = (description: string): ObservedScope[] => [{ name, found: { ...body, description }, consumers: [] }];

/** With this description: what is planned when it is declared, when it no longer is, and when the client is removed. */
const planned = (description: string, record = claiming) => {
  const found = described(description);
  const { steps, findings } = planScopes(mark, [wanted], found, record);
  return {
    declared: [...findings.map(({ code }) => code), ...steps.map(({ kind }) => kind)],
    left: planScopes(mark, [], found, record).steps.map(({ kind }) => kind),
    removed: planScopeEnds(mark, found, record).map(({ kind }) => kind),
  };
};

test('the mark of another counts for more than a claim: both may have claimed it, and one has made it', () => {
  assert.deepEqual(planned('inntekt - dev:team:other'), { declared: ['SCOPE_OWNED'], left: [], removed: [] });
});

test('a claim counts where the description names nobody, and where it was made without one, nobody takes it', () => {
  const ending = ['deactivate-scope'];
  assert.deepEqual(planned('by hand'), { declared: ['update-scope'], left: ending, removed: ending });
  assert.deepEqual(planned('by hand', emptyRecord), { declared: ['SCOPE_OWNED'], left: [], removed: [] });
});
