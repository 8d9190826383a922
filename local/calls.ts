/**
 * The external calls that reach the local world: every one is counted, and may be disturbed on request.
 *
 * Each local server carries out a request through `Calls.run`. Without a disturber that only writes a line in the
 * ledger; with one, a call can be delayed, refused before it has an effect, or carried out while its reply is lost.
 */

export type System =
  | 'kms'
  | 'secret-manager'
  | 'resource-manager'
  | 'maskinporten'
  | 'self-service'
  | 'idporten'
  | 'webhook';

export type Call = {
  /** Counts from 1 over all systems, in order of arrival. */
  readonly index: number;
  readonly system: System;
  /** The RPC's name (`ImportCryptoKeyVersion`), or verb and route (`GET /api/v1/clients/{id}`). */
  readonly method: string;
  /** The principal of the caller (an e-mail address, or a client id), or `anonymous`. */
  readonly caller: string;
};

/** What befalls a call. `refuse` means that it has no effect; `lose-reply` that it has its effect and no answer. */
export type Disturbance = 'none' | 'refuse' | 'lose-reply';

/** Decides about each call; may take its time (latency, killing a process) before it answers. */
export type Disturber = {
  readonly before?: (call: Call) => Promise<Disturbance> | Disturbance;
  /** Runs when the call has had its effect and before its reply leaves. */
  readonly after?: (call: Call) => Promise<Disturbance> | Disturbance;
};

/** Thrown to a server in place of a result: it answers `refuse` as unavailable, and cuts the line at `lose-reply`. */
export class DisturbedCall extends Error {
  readonly disturbance: 'refuse' | 'lose-reply';
  constructor(call: Call, disturbance: 'refuse' | 'lose-reply') {
    super(`${call.system} ${call.method} (call ${call.index}): ${disturbance}, as asked for`);
    this.disturbance = disturbance;
  }
}

export type Calls = {
  run<T>(call: Omit<Call, 'index'>, effect: () => T | Promise<T>): Promise<T>;
  /** All calls so far, oldest first. */
  list(): readonly Call[];
  /** How many calls there were, of one system or of one of its methods. */
  count(system?: System, method?: string): number;
  /** Disturbs the calls from now on; without an argument, stops it. */
  disturb(disturber?: Disturber): void;
};

export function createCalls(): Calls {
  const ledger: Call[] = [];
  let disturber: Disturber = {};

  return {
    async run(request, effect) {
      const call: Call = { index: ledger.length + 1, ...request };
      ledger.push(call);
      const current = disturber;
      const before = (await current.before?.(call)) ?? 'none';
      if (before === 'refuse') throw new DisturbedCall(call, 'refuse');
      const result = await effect();
      const after = (await current.after?.(call)) ?? 'none';
      if (before === 'lose-reply' || after !== 'none') throw new DisturbedCall(call, 'lose-reply');
      return result;
    },
    list: () => ledger.slice(),
    count: (system, method) =>
      ledger.filter((call) => (!system || call.system === system) && (!method || call.method === method)).length,
    disturb: (next = {}) => {
      disturber = next;
    },
  };
}

export type SeededDisturbance = {
  readonly seed: number;
  /** Share of calls (0 to 1) that are refused, and whose reply is lost. */
  readonly refuse?: number;
  readonly loseReply?: number;
  /** Upper bound of the delay before each call, in milliseconds. */
  readonly latency?: number;
  /** Only these calls; all when absent. */
  readonly only?: (call: Call) => boolean;
};

/** A disturber that is a function of its seed and of the order of calls alone. */
export function seededDisturber(options: SeededDisturbance): Disturber {
  const random = mulberry32(options.seed);
  return {
    async before(call) {
      if (options.only && !options.only(call)) return 'none';
      const [delay, fate] = [random(), random()];
      if (options.latency) await new Promise((resolve) => setTimeout(resolve, delay * (options.latency ?? 0)));
      if (fate < (options.refuse ?? 0)) return 'refuse';
      if (fate < (options.refuse ?? 0) + (options.loseReply ?? 0)) return 'lose-reply';
      return 'none';
    },
  };
}

/** The public-domain generator mulberry32: numbers in [0, 1), the same for the same seed. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
