/** A client's plan as people read it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientPlanText } from '../../client/client-plan-text.ts';
import { clientExitCode } from '../../client/following-clients.ts';
import type { OperationEnd } from '../../domain/provisioning.ts';

test('a plan shows each step, what changes from what to what, and what others notice', () => {
  const text = clientPlanText('team/app/maskinporten', [
    { kind: 'make-key', change: 'make the key 12ab', reason: 'there is none', kid: '12ab' },
    {
      kind: 'grant-access',
      change: 'give organisation 889640782 access to etat:a/b',
      reason: 'it is declared as a consumer',
      scope: 'etat:a/b',
      consumer: '889640782',
      wide: true,
    },
  ]);
  assert.deepEqual(text.split('\n'), [
    'team/app/maskinporten',
    '  make-key: make the key (new)',
    '      because there is none',
    '  grant-access: give organisation 889640782 access to etat:a/b [wide]',
    '      because it is declared as a consumer',
    '',
  ]);
});

test('what could not be had makes the exit code 9, though the rest is as it should be', () => {
  const end: OperationEnd = {
    sequence: 1,
    requestId: 'r',
    operation: 'apply',
    requestedBy: 'per',
    outcome: 'applied',
    message: '',
    steps: [],
    notices: [],
  };
  const code = (notice?: 'SCOPE_ACCESS_MISSING' | 'SCOPE_CONSUMER_INVALID' | 'CLIENT_KEY_KEPT') => {
    const notices = notice ? [{ code: notice, where: 'x', message: 'y' }] : [];
    return clientExitCode({ state: 'ended', result: { ...end, notices } });
  };
  assert.deepEqual(
    [code(), code('CLIENT_KEY_KEPT'), code('SCOPE_ACCESS_MISSING'), code('SCOPE_CONSUMER_INVALID')],
    [0, 0, 9, 9],
  );
});
