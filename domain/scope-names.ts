/** The forms of Maskinporten's scopes: the names of those that an application exposes, and complete ones that it consumes. */

type State = 'start' | 'letter' | 'word' | 'slash' | 'colon' | 'colonLetter' | 'colonWord' | 'dot' | 'dotWord';

/** From each state to the next, by what kind of letter comes; what is not there is no name. */
const steps: Record<State, Partial<Record<'letter' | '/' | ':' | '.', State>>> = {
  start: { letter: 'letter' },
  letter: { letter: 'word', '/': 'slash', ':': 'colon' },
  word: { letter: 'word', '/': 'slash', ':': 'colon', '.': 'dot' },
  slash: { letter: 'word', ':': 'colon' },
  colon: { letter: 'colonLetter' },
  colonLetter: { letter: 'colonWord', ':': 'colon' },
  colonWord: { letter: 'colonWord', ':': 'colon', '.': 'dot' },
  dot: { letter: 'dotWord' },
  dotWord: { letter: 'dotWord', '.': 'dot' },
};

const ends: readonly State[] = ['word', 'colonWord', 'dotWord'];

/**
 * Whether it is the name of a scope to Nais (nais/liberator: `^([a-zæøå0-9]+\/?)+(\:[a-zæøå0-9]+)*[a-zæøå0-9]+(\.[a-zæøå0-9]+)*$`),
 * told by looking at each letter once: for that expression JavaScript takes time that doubles with every letter.
 */
export function isScopeName(name: Iterable<string>): boolean {
  let state: State = 'start';
  for (const letter of name) {
    const kind = letter === '/' || letter === ':' || letter === '.' ? letter : 'letter';
    const next: State | undefined = kind !== 'letter' || /^[a-zæøå0-9]$/.test(letter) ? steps[state][kind] : undefined;
    if (next === undefined) return false;
    state = next;
  }
  return ends.includes(state);
}

/** A complete scope, `prefix:subscope`; beside the letters of OAuth (RFC 6749, section 3.3) those that Nais lets names have. */
export const completeScope = /^(?=.{3,255}$)[A-Za-z0-9_.-]+:[\x21\x23-\x5b\x5d-\x7eæøå]+$/;
