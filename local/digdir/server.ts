/**
 * The local Digdir: Maskinporten and the self-service API on one address of loopback, ID-porten on another, as strict as
 * the real ones.
 *
 * All that it knows is in its folder: a restart on the same folder (and port) goes on where the former one ended.
 */

import type { Calls } from '../calls.ts';
import type { Trust } from './certificate-rules.ts';
import { listen } from './http.ts';
import { type Idporten, startIdporten } from './idporten/idporten.ts';
import type { InjectedTokenError } from './injected-errors.ts';
import { createMaskinporten, type Refusal } from './maskinporten.ts';
import type { ClientRecord, ScopeAccess, ScopeRecord } from './models.ts';
import { openRegistry, type Staff } from './registry.ts';
import { selfServiceArea } from './self-service/area.ts';
import { defaultSettings, type DigdirSettings } from './settings.ts';
import { openTokens } from './tokens.ts';
import { openUsedGrants } from './used-grants.ts';

export type LocalDigdir = Staff & {
  /** `issuer` ends in a slash; `metadata` is its address. */
  readonly maskinporten: { readonly issuer: string; readonly metadata: string };
  /** `issuer` ends in no slash; `metadata` is its address. */
  readonly idporten: Pick<Idporten, 'issuer' | 'metadata'>;
  /** Without a slash at its end. */
  readonly selfService: { readonly base: string };
  /** May be changed at any time. */
  readonly settings: DigdirSettings;
  /** Answers the next token requests with this error in place of judging them. */
  injectTokenError(error: InjectedTokenError): void;
  /** The scopes of the token that Maskinporten would give for the assertion now, or why it would not; no trace is left. */
  judge(assertion: string): Promise<readonly string[] | string>;
  /** All of Maskinporten's access tokens that this process issued, oldest first. */
  issuedTokens(): readonly string[];
  /** All assertions that this process was sent, those of each system oldest first. */
  receivedAssertions(): readonly string[];
  inspect(): {
    readonly clients: readonly ClientRecord[];
    readonly scopes: readonly ScopeRecord[];
    readonly accesses: readonly ScopeAccess[];
    readonly refusals: readonly Refusal[];
    readonly usedGrants: number;
  };
  close(): Promise<void>;
};

export type DigdirOptions = {
  readonly folder: string;
  readonly calls: Calls;
  /** Whose certificates are accepted. */
  readonly authority: Trust;
  readonly clock?: () => Date;
  /** Any free one when absent. */
  readonly port?: number;
  /** ID-porten's; any free one when absent. */
  readonly idportenPort?: number;
};

export async function startDigdir(options: DigdirOptions): Promise<LocalDigdir> {
  const { folder, calls, authority: trust } = options;
  const clock = options.clock ?? (() => new Date());
  const settings = defaultSettings();
  const { registry, staff } = openRegistry(folder, clock);
  const usedGrants = openUsedGrants(folder, clock());

  const listener = await listen(options.port ?? 0);
  const issuer = `${listener.origin}/maskinporten/`;
  const tokens = await openTokens(folder, issuer);
  const maskinporten = createMaskinporten({ issuer, registry, trust, tokens, usedGrants, settings, clock });
  listener.serve([maskinporten.area, selfServiceArea({ registry, tokens, trust, settings, clock })], calls);
  const idporten = await startIdporten({ folder, calls, registry, settings, clock, port: options.idportenPort ?? 0 });

  return {
    ...staff,
    maskinporten: { issuer, metadata: `${issuer}.well-known/oauth-authorization-server` },
    idporten: { issuer: idporten.issuer, metadata: idporten.metadata },
    selfService: { base: `${listener.origin}/api/v1` },
    settings,
    injectTokenError: (error) => maskinporten.inject(error),
    judge: (assertion) => maskinporten.judge(assertion),
    issuedTokens: () => tokens.issued(),
    receivedAssertions: () => [...maskinporten.assertions(), ...idporten.assertions()],
    inspect: () => ({
      clients: registry.clients.all(),
      scopes: registry.scopes.all(),
      accesses: registry.accesses.all(),
      refusals: maskinporten.refusals(),
      usedGrants: usedGrants.count(),
    }),
    close: async () => {
      await Promise.all([listener.close(), idporten.close()]);
    },
  };
}
