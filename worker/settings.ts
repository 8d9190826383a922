/** The settings of a worker: from the environment, checked whole, with every fault said at once. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { digdirEndpoints, environments, isEnvironment } from '../domain/environments.ts';
import type { DigdirEndpoints, Environment } from '../domain/environments.ts';
import { workerRoles } from '../domain/names.ts';
import type { WorkerRole } from '../domain/names.ts';

export type WorkerSettings = {
  readonly environment: Environment;
  readonly roles: readonly WorkerRole[];
  /** E-mail addresses of the service accounts; a role without one acts with the machine's own credentials. */
  readonly accounts: { readonly [role in WorkerRole]?: string };
  /** Whether to impersonate these accounts, or to take the machine's credentials for theirs. */
  readonly impersonate: boolean;
  readonly endpoints: DigdirEndpoints;
  readonly googleEndpoint?: { readonly host: string; readonly port: number };
  /** PEM root certificates that chains have to end in. */
  readonly roots: readonly string[];
  readonly taskQueuePrefix: string;
  /** Where notices are sent, by POST; a secret, as whoever knows it may write there. None are sent when absent. */
  readonly noticeWebhook?: string;
  /** Milliseconds that a worker goes on with an active document before it looks for a newer one. */
  readonly refresh: number;
  /** Port of the health probe; none when absent. */
  readonly healthPort?: number;
  /** Port at which Prometheus finds metrics, under /metrics; none when absent. */
  readonly metricsPort?: number;
};

/** Every variable that is read, besides `TEMPORAL_…` of Temporal's own environment configuration. */
export const settingNames: readonly string[] = [
  'DIGDIR_ENVIRONMENT',
  'DIGDIR_ROLES',
  'DIGDIR_PROVISIONER_SERVICE_ACCOUNT',
  'DIGDIR_IMPORTER_SERVICE_ACCOUNT',
  'DIGDIR_OPERATOR_SERVICE_ACCOUNT',
  'DIGDIR_IMPERSONATE',
  'DIGDIR_MASKINPORTEN_METADATA',
  'DIGDIR_IDPORTEN_METADATA',
  'DIGDIR_SELF_SERVICE',
  'DIGDIR_GOOGLE_ENDPOINT',
  'DIGDIR_CERTIFICATE_ROOTS',
  'DIGDIR_TASK_QUEUE_PREFIX',
  'DIGDIR_HEALTH_PORT',
  'DIGDIR_METRICS_PORT',
  'DIGDIR_NOTICE_WEBHOOK',
];

/** Within a minute everybody works by a new document; `shortestDrain` counts on it, so it is not for operators to set. */
const refresh = 30_000;

type Variables = Readonly<Record<string, string | undefined>>;

/** The settings, or an error that lists every fault and what to do. */
export function readSettings(variables: Variables): WorkerSettings {
  const faults: string[] = [];
  const environment = readEnvironment(variables, faults);
  const roles = readRoles(variables, faults);
  const accounts = readAccounts(variables, roles, faults);
  const endpoints = readEndpoints(variables, environment, faults);
  const googleEndpoint = readGoogleEndpoint(variables, environment, faults);
  const roots = readRoots(variables, faults);
  const healthPort = readPort('DIGDIR_HEALTH_PORT', variables, faults);
  const metricsPort = readPort('DIGDIR_METRICS_PORT', variables, faults);
  const noticeWebhook = readWebhook(variables, environment, faults);
  if (faults.length > 0)
    throw new Error(`The settings of the worker are wrong:\n${faults.map((f) => `- ${f}`).join('\n')}`);
  return {
    environment,
    roles,
    accounts,
    impersonate: variables['DIGDIR_IMPERSONATE'] !== 'false',
    endpoints,
    roots,
    taskQueuePrefix: variables['DIGDIR_TASK_QUEUE_PREFIX'] || 'digdir',
    refresh,
    ...(googleEndpoint ? { googleEndpoint } : {}),
    ...(noticeWebhook ? { noticeWebhook } : {}),
    ...(healthPort ? { healthPort } : {}),
    ...(metricsPort ? { metricsPort } : {}),
  };
}

function readEnvironment(variables: Variables, faults: string[]): Environment {
  const value = variables['DIGDIR_ENVIRONMENT'];
  if (isEnvironment(value)) return value;
  faults.push(`DIGDIR_ENVIRONMENT has to be ${environments.join(', ')}, not "${value ?? ''}".`);
  return 'test';
}

function readRoles(variables: Variables, faults: string[]): WorkerRole[] {
  const names = (variables['DIGDIR_ROLES'] || workerRoles.join(',')).split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !workerRoles.some((role) => role === name));
  if (unknown.length > 0) faults.push(`DIGDIR_ROLES may hold ${workerRoles.join(', ')}, not "${unknown.join(', ')}".`);
  return workerRoles.filter((role) => names.includes(role));
}

function readAccounts(
  variables: Variables,
  roles: readonly WorkerRole[],
  faults: string[],
): WorkerSettings['accounts'] {
  const found = workerRoles.flatMap((role) => {
    const account = variables[`DIGDIR_${role.toUpperCase()}_SERVICE_ACCOUNT`];
    return account ? [[role, account] as const] : [];
  });
  for (const [role, account] of found) {
    if (!/^[^@\s]+@[^@\s]+$/.test(account)) {
      faults.push(`DIGDIR_${role.toUpperCase()}_SERVICE_ACCOUNT has to be the e-mail address of a service account.`);
    }
  }
  const accounts: WorkerSettings['accounts'] = Object.fromEntries(found);
  if (roles.includes('operator') && !accounts.operator) {
    faults.push('DIGDIR_OPERATOR_SERVICE_ACCOUNT is missing: the run grants this account the right to sign.');
  }
  return accounts;
}

function readEndpoints(variables: Variables, environment: Environment, faults: string[]): DigdirEndpoints {
  const standard = environment === 'local' ? undefined : digdirEndpoints[environment];
  const read = (name: string, fixed: string | undefined): string => {
    const address = variables[name] || fixed;
    if (!address) faults.push(`${name} is missing: the environment local has no fixed address.`);
    else if (!isAllowed(address, environment)) faults.push(`${name} has to be an https address, not "${address}".`);
    return address ?? '';
  };
  return {
    maskinportenMetadata: read('DIGDIR_MASKINPORTEN_METADATA', standard?.maskinportenMetadata),
    idportenMetadata: read('DIGDIR_IDPORTEN_METADATA', standard?.idportenMetadata),
    selfService: read('DIGDIR_SELF_SERVICE', standard?.selfService).replace(/\/$/, ''),
  };
}

/** Plain http only in the local world: an assertion or a token must not travel in the clear. */
function isAllowed(address: string, environment: Environment): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol } = new URL(address);
  return protocol === 'https:' || (environment === 'local' && protocol === 'http:');
}

function readGoogleEndpoint(variables: Variables, environment: Environment, faults: string[]) {
  const value = variables['DIGDIR_GOOGLE_ENDPOINT'];
  if (!value) return undefined;
  const [, host, port] = /^(127\.0\.0\.1|localhost):(\d+)$/.exec(value) ?? [];
  if (host && port && environment === 'local') return { host, port: Number(port) };
  faults.push('DIGDIR_GOOGLE_ENDPOINT is for the environment local alone, and has to be 127.0.0.1:PORT.');
  return undefined;
}

function readRoots(variables: Variables, faults: string[]): string[] {
  const place = variables['DIGDIR_CERTIFICATE_ROOTS'];
  if (!place) return [];
  try {
    const files = statSync(place).isDirectory()
      ? readdirSync(place)
          .filter((name) => /\.(pem|crt|cer)$/.test(name))
          .map((name) => join(place, name))
      : [place];
    return files.flatMap(
      (file) => readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [],
    );
  } catch (error) {
    faults.push(`DIGDIR_CERTIFICATE_ROOTS cannot be read: ${(error as Error).message}`);
    return [];
  }
}

/** The address is not repeated in the fault: it may be a secret with a slip in it. */
function readWebhook(variables: Variables, environment: Environment, faults: string[]): string | undefined {
  const address = variables['DIGDIR_NOTICE_WEBHOOK'];
  if (!address || isAllowed(address, environment)) return address || undefined;
  faults.push('DIGDIR_NOTICE_WEBHOOK has to be an https address.');
  return undefined;
}

function readPort(name: string, variables: Variables, faults: string[]): number | undefined {
  const value = variables[name];
  if (!value) return undefined;
  if (/^\d{1,5}$/.test(value) && Number(value) < 65_536) return Number(value);
  faults.push(`${name} has to be a port, not "${value}".`);
  return undefined;
}
