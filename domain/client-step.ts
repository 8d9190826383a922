/** The steps by which a client is provisioned, and what they are planned from. */

import type { ClientBody, FieldChange, ReturnedClient } from './client-body.ts';
import type { RegisteredKey } from './client-keys.ts';
import type { ClientRecord } from './client-record.ts';
import type { Finding } from './failures.ts';
import type { ClientSpec } from './oauth-client.ts';
import type { ReturnedScope, ScopeBody, ScopeChange } from './scope-body.ts';

/** What the application is told beside its client id and key, by the name of the variable. */
export type Variables = Readonly<Record<string, string>>;

/** How a key is proven: by the request that the application will make itself. */
export type Proof = {
  readonly integrationType: ClientSpec['integrationType'];
  readonly redirectUri?: string;
  readonly scopes: readonly string[];
};

type Described = {
  /** What will change, in plain words. */
  readonly change: string;
  readonly reason: string;
  /** Others than the client itself notice it: somebody gets access, or loses a scope. */
  readonly wide?: true;
};

export type ClientStep = Described &
  (
    | { readonly kind: 'open-record' }
    /** `replaces`: id of a client that is gone at Digdir. */
    | { readonly kind: 'register-client'; readonly body: ClientBody; readonly replaces?: string }
    | { readonly kind: 'adopt-client'; readonly clientId: string }
    | { readonly kind: 'update-client'; readonly body: ClientBody; readonly changes: readonly FieldChange[] }
    | { readonly kind: 'make-key'; readonly kid: string }
    | { readonly kind: 'register-key'; readonly kid: string }
    | { readonly kind: 'prove-key'; readonly kid: string; readonly proof: Proof }
    | { readonly kind: 'publish'; readonly kid: string; readonly variables: Variables }
    /** `seconds`: how long the keys are still taken. */
    | { readonly kind: 'limit-keys'; readonly kids: readonly string[]; readonly seconds: number }
    | { readonly kind: 'remove-keys'; readonly kids: readonly string[] }
    | { readonly kind: 'write-record'; readonly applied?: Applied; readonly state: 'active' | 'preserved' }
    | { readonly kind: 'claim-scopes'; readonly scopes: readonly string[] }
    | { readonly kind: 'create-scope'; readonly scope: string; readonly body: ScopeBody }
    | {
        readonly kind: 'update-scope';
        readonly scope: string;
        readonly body: ScopeBody;
        readonly changes: readonly ScopeChange[];
      }
    | { readonly kind: 'deactivate-scope'; readonly scope: string }
    | { readonly kind: 'grant-access'; readonly scope: string; readonly consumer: string }
    | { readonly kind: 'withdraw-access'; readonly scope: string; readonly consumer: string }
    | { readonly kind: 'deactivate-client' }
    | { readonly kind: 'delete-client' }
    | { readonly kind: 'close-record' }
  );

export type StepOf<K extends ClientStep['kind']> = Extract<ClientStep, { kind: K }>;

/** A key that is yet to be made has another id in every plan, and when it is made: a text of the plan without such ids. */
export const withoutNewIds = (text: string, steps: readonly ClientStep[]): string =>
  steps.reduce((rest, step) => (step.kind === 'make-key' ? rest.replaceAll(step.kid, '(new)') : rest), text);

/** What the record keeps of the declaration that was applied. */
export type Applied = Pick<ClientRecord, 'specDigest' | 'clientUri' | 'oldKeys' | 'preserve' | 'scopes'>;

export type WantedClient = {
  readonly spec: ClientSpec;
  readonly specDigest: string;
  readonly body: ClientBody;
  readonly variables: Variables;
  readonly scopes: readonly WantedScope[];
};

export type WantedScope = {
  /** `prefix:subscope`. */
  readonly name: string;
  readonly body: ScopeBody;
  /** Organisation numbers. */
  readonly consumers: readonly string[];
};

export type ObservedScope = {
  readonly name: string;
  /** Absent when there is no such scope. */
  readonly found?: ReturnedScope;
  /** Organisations that have access. */
  readonly consumers: readonly string[];
};

export type ObservedClient = {
  readonly record?: ClientRecord;
  /** The client of the record as Digdir returns it; absent when there is none. */
  readonly found?: ReturnedClient;
  readonly keys: readonly RegisteredKey[];
  /** Ids of candidates whose private half can no longer be read: they are of no use to anybody. */
  readonly lost?: readonly string[];
  /** The scopes that are declared, and those of the record. */
  readonly scopes?: readonly ObservedScope[];
  /** The published version, without the private key. */
  readonly published?: { readonly kid: string; readonly variables: Variables };
};

/** What no planner may make up: the time, and the id of a key that is yet to be made. */
export type Fresh = { readonly now: Date; readonly kid: string };

export type ClientPlan = {
  readonly steps: readonly ClientStep[];
  /** What stands in the way, and cannot be changed by us. */
  readonly findings: readonly Finding[];
  readonly notices: readonly Finding[];
};
