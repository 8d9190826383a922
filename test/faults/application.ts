/**
 * One application's client as the world shows it: at Digdir, and in Secret Manager. Names and formats are spelled out
 * here, and not taken from the product: they are what the product is judged by.
 */

import type { OAuthClientName } from '../../domain/oauth-client.ts';
import type { ClientRecord } from '../../local/digdir/models.ts';
import { withoutProject } from './evidence.ts';
import type { Stage } from './stage.ts';

export type Application = {
  /** At Digdir, with the mark of the application, deleted ones included. */
  readonly clients: readonly ClientRecord[];
  readonly record?: ShownRecord;
  /** The credentials that can be read, the oldest first. */
  readonly credentials: readonly ShownCredentials[];
  /** Numbers of the versions of unproven keys that can be read. */
  readonly candidates: readonly number[];
};

export type ShownRecord = {
  readonly state: string | undefined;
  readonly clientId: string | undefined;
  readonly published: number | undefined;
  readonly keys: readonly ShownKey[];
  /** Those that it claims: `prefix:subscope`. */
  readonly scopes: readonly string[];
};

type ShownKey = { readonly kid: string; readonly role: string; readonly expires?: string; readonly ends?: string };

export type ShownCredentials = {
  readonly number: number;
  readonly clientId: string;
  readonly kid: string;
  /** Modulus of the key: doubles of one `kid` may hold different keys. */
  readonly n: string;
  readonly text: string;
};

export function showApplication({ cloud, tenant }: Stage, { name, kind }: OAuthClientName): Application {
  const credentials = `secrets/digdir-client_${tenant}_local_dev_team_${name}_${kind}`;
  const { secrets } = cloud.google.inspect();
  const called = (wanted: string) => secrets.find((secret) => withoutProject(secret.name) === wanted);
  const readable = (wanted: string) => called(wanted)?.versions.filter(({ state }) => state === 'ENABLED') ?? [];
  const own = called(credentials);
  const prefix = kind.toUpperCase();
  return {
    clients: cloud.digdir.inspect().clients.filter(({ client }) => client.description === `dev:team:${name}`),
    ...(own ? { record: readRecord(own.labels, own.annotations) } : {}),
    credentials: readable(credentials).map(({ number, payload }) =>
      readCredentials(prefix, number, payload?.toString() ?? ''),
    ),
    candidates: readable(`${credentials}_key`).map(({ number }) => number),
  };
}

type Texts = Readonly<Record<string, string>>;

function readRecord({ state }: Texts, annotations: Texts): ShownRecord {
  const published = annotations['published'];
  return {
    state,
    clientId: annotations['client-id'],
    published: published === undefined ? undefined : Number(published),
    keys: JSON.parse(annotations['keys'] ?? '[]') as ShownRecord['keys'],
    scopes: (annotations['scopes'] ?? '').split(' ').filter((scope) => scope !== ''),
  };
}

function readCredentials(prefix: string, number: number, text: string): ShownCredentials {
  const variables = JSON.parse(text) as Texts;
  const { kid, n } = JSON.parse(variables[`${prefix}_CLIENT_JWK`] ?? '{}') as Texts;
  return { number, clientId: variables[`${prefix}_CLIENT_ID`] ?? '', kid: kid ?? '', n: n ?? '', text };
}
