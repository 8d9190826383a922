/** How many clients are done, while they are: each step of a few; of many a bar on a terminal, and lines elsewhere. */

import type { Output } from './output.ts';
import { openBar } from './progress-bar.ts';
import type { BarTerminal } from './progress-bar.ts';

export type ClientsProgress = {
  /** Whether anybody hears what is said of a client's steps. */
  readonly tells: boolean;
  /** The client's turn has come. */
  readonly begin: (client: string) => void;
  /** One line of what is done for the client. */
  readonly say: (client: string, line: string) => void;
  /** Nobody answers for the client at present, or somebody does again. */
  readonly silence: (client: string, silent: boolean) => void;
  /** The client is done with. */
  readonly end: (client: string, outcome: string, badly: boolean) => void;
  /** Nothing is shown any more. */
  readonly close: () => void;
};

/** Of so many clients everything is told one by one; of more, what matters. */
export const fewClients = 5;

export type ProgressSettings = {
  /** How many clients there are. */
  readonly total: number;
  /** Tell each step of each, however many there are. */
  readonly verbose: boolean;
};

export function openClientsProgress(
  output: Output,
  { total, verbose }: ProgressSettings,
  terminal: BarTerminal = process.stderr,
): ClientsProgress {
  if (verbose || total <= fewClients) return narration(output, total > fewClients);
  return output.live ? openBar(terminal, total) : counting(output, total);
}

function narration(output: Output, tellsEnds: boolean): ClientsProgress {
  const say = (client: string, line: string) => output.say(`${client}: ${line}`);
  return {
    tells: true,
    begin: () => undefined,
    say,
    silence: (client, silent) => say(client, silent ? silentText : answersText),
    end: (client, outcome) => {
      if (tellsEnds) say(client, outcome);
    },
    close: () => undefined,
  };
}

const silentText = 'nobody answers at present (no worker, or no Temporal); still trying';
const answersText = 'answers again';

/** Clients between two lines that say how far it has come. */
const stretch = 25;

function counting(output: Output, total: number): ClientsProgress {
  const silent = new Set<string>();
  let [done, failed] = [0, 0];
  return {
    tells: false,
    begin: () => undefined,
    say: () => undefined,
    silence(client, isSilent) {
      const before = silent.size;
      if (isSilent) silent.add(client);
      else silent.delete(client);
      // They share Temporal and the workers: one line is enough for all.
      if (before === 0 && isSilent) output.say(`${client}: ${silentText}`);
      if (before > 0 && silent.size === 0) output.say(`${client}: ${answersText}`);
    },
    end(client, outcome, badly) {
      silent.delete(client);
      done += 1;
      if (badly) failed += 1;
      output.say(`${client}: ${outcome}`);
      if (done % stretch === 0 && done < total) output.say(`${done} of ${total} done, ${failed} failed`);
    },
    close: () => undefined,
  };
}
