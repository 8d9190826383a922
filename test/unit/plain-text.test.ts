/** What people write does not take over the screen of those who read it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personName } from '../../client/person.ts';
import { textTable } from '../../client/output.ts';
import { escapeUnseen, isPlainLine } from '../../domain/plain-text.ts';
import { clientName } from '../../documents/client-fields.ts';

const hostile = ['root\u001b]0;pwn\u0007', 'root\nteam/app: applied', 'ola\u202egro', 'a\u009b2J', 'a\u2028b'];
const friendly = ['kari@example.no', 'Kåre Ødegård', 'Mánnu 😀', "O'Brien, Økonomi & drift"];

test('a name is one line of which everything is seen', () => {
  assert.deepEqual(hostile.map(isPlainLine), [false, false, false, false, false]);
  assert.deepEqual(friendly.map(isPlainLine), [true, true, true, true]);
});

test('a name that would write on the screen is refused where it comes in', () => {
  for (const by of hostile) {
    assert.throws(() => personName(by, {}), { code: 'USAGE' });
    assert.equal(clientName.safeParse(by).success, false);
  }
  for (const by of friendly) {
    assert.equal(personName(by, {}), by);
    assert.equal(clientName.safeParse(by).success, true);
  }
});

test('what is shown all the same is escaped, as JSON reads it back', () => {
  const text = textTable(['A'], [['x\u001b[2J\u202ey\tz']]);
  assert.equal(escapeUnseen(text), 'A\nx\\u001b[2J\\u202ey\tz');
  assert.deepEqual(JSON.parse(escapeUnseen(JSON.stringify({ hostile }))), { hostile });
});
