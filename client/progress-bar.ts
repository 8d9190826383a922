/** One line on a terminal that says how far it has come, drawn anew in its place. */

import type { ClientsProgress } from './clients-progress.ts';

/** As much of a terminal as is needed: stderr is one. */
export type BarTerminal = { readonly write: (text: string) => unknown; readonly columns?: number };

export type BarState = {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Those whose turn it is. */
  readonly current: readonly string[];
  /** Some of them are not answered for at present. */
  readonly silent: boolean;
};

const cells = 20;

/** At most `width` characters: how far, how many, how many failed, and as many of the current clients as there is room for. */
export function barText({ total, done, failed, current, silent }: BarState, width: number): string {
  const share = total === 0 ? 1 : done / total;
  const full = Math.floor(share * cells);
  const percentage = `${Math.floor(share * 100)} %`.padStart(5);
  const count = `${String(done).padStart(String(total).length)}/${total}`;
  const bar = `[${'#'.repeat(full)}${'-'.repeat(cells - full)}] ${percentage}  ${count}  ${failed} failed`;
  const head = silent ? `${bar}  no answer` : bar;
  return `${head}${names(current, width - head.length)}`.slice(0, width);
}

/** The names that fit into the room, and how many there are besides. */
function names(current: readonly string[], room: number): string {
  for (let shown = current.length; shown > 0; shown -= 1) {
    const rest = current.length - shown;
    const text = `  ${current.slice(0, shown).join(', ')}${rest > 0 ? ` +${rest}` : ''}`;
    if (text.length <= room) return text;
  }
  return '';
}

const eraseToEnd = '\u001B[K';

/** Draws the line at each event. The cursor is never hidden, so that however the process ends, nothing need be restored. */
export function openBar(terminal: BarTerminal, total: number): ClientsProgress {
  const current = new Set<string>();
  const silent = new Set<string>();
  let [done, failed] = [0, 0];
  let open = true;
  const draw = () => {
    if (!open) return;
    const state = { total, done, failed, current: [...current], silent: silent.size > 0 };
    // One column less: a full line would wrap, and the next one be drawn below it.
    terminal.write(`\r${barText(state, (terminal.columns ?? 80) - 1)}${eraseToEnd}`);
  };
  draw();
  return {
    tells: false,
    begin(client) {
      current.add(client);
      draw();
    },
    say: () => undefined,
    silence(client, isSilent) {
      if (isSilent) silent.add(client);
      else silent.delete(client);
      draw();
    },
    end(client, _outcome, badly) {
      current.delete(client);
      silent.delete(client);
      done += 1;
      if (badly) failed += 1;
      draw();
    },
    close() {
      if (open) terminal.write(`\r${eraseToEnd}`);
      open = false;
    },
  };
}
