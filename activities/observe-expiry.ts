/** Looking at everything of a tenant that expires. What cannot be seen is said, and hides nothing else. */

import { readCertificate } from '../documents/certificate.ts';
import { isCertificateLabel, pemBlocks } from '../documents/pem.ts';
import type { ReturnedClient } from '../domain/client-body.ts';
import { readRecord } from '../domain/client-record.ts';
import type { Finding } from '../domain/failures.ts';
import type { Observed, ObservedAdmin, ObservedRecord, RegisteredClient } from '../domain/inventory.ts';
import { inLanes } from '../domain/lanes.ts';
import { managedBy, projectName, secretName } from '../domain/names.ts';
import type { OAuthClientName } from '../domain/oauth-client.ts';
import { Refusal } from '../domain/refusal.ts';
import { clientKinds } from '../domain/tenant.ts';
import type { ClientKind } from '../domain/tenant.ts';
import type { WatchRequest } from '../domain/watch.ts';
import type { Limits } from '../services/limits.ts';
import type { Secret } from '../services/secret-manager.ts';
import { activeDocument, asAdmin } from './admin-access.ts';
import { outOfUse, observeRevoked } from './admin-key.ts';
import { isCalledOff, isEarlyAttempt } from './attempt.ts';
import { isDenied } from './denied.ts';
import type { Services } from './services.ts';

/** Clients whose keys are asked for at one time. */
const lanes = 8;

/** Attempt from which on what still cannot be seen is told: several systems may each have a hiccup of their own. */
const givenUp = 4;

/** What there is, and what could not be seen. Throws only what passes, and only in early attempts. */
export async function observeExpiry(
  services: Services,
  limits: Limits,
  request: WatchRequest,
): Promise<{ observed: Observed; findings: Finding[] }> {
  const findings: Finding[] = [];
  const declared = clientKinds.filter((kind) => request.clients[kind]);
  const found = await Promise.all(
    declared.map((kind) =>
      seeing(findings, `the ${kind} admin client`, () => observeAdmin(services, limits, request, kind, findings)),
    ),
  );
  const admins = found.flatMap((admin) => admin ?? []);
  const records = await seeing(findings, projectName(request.google), () =>
    observeRecords(services, limits, request, findings),
  );
  const registered = await observeRegistered(services, limits, request, admins, findings);
  return { observed: { admins, records: records ?? [], ...(registered ? { registered } : {}) }, findings };
}

/** What the work finds, or a finding in its place. What passes is left to further attempts, as long as they are few. */
async function seeing<T>(findings: Finding[], where: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal) || isCalledOff()) throw error;
    if (error.code === 'ADMIN_CLIENT_MISSING') findings.push({ code: error.code, where, message: error.message });
    else if (error.passing && !isDenied(error) && isEarlyAttempt(givenUp)) throw error;
    else findings.push({ code: 'EXPIRY_UNSEEN', where, message: `${error.message} [${error.code}]` });
    return undefined;
  }
}

async function observeAdmin(
  services: Services,
  limits: Limits,
  request: WatchRequest,
  kind: ClientKind,
  findings: Finding[],
): Promise<ObservedAdmin> {
  const { google, tenant, environment } = request;
  const { document } = await activeDocument(services, limits, { google, client: { tenant, environment, kind } });
  const { clientId, assertion, certificate, chainVersion } = document;
  const leaf = { subject: `serial number ${certificate.serialNumber}`, notAfter: certificate.notAfter };
  const chain = await services.secrets.read(chainVersion, limits);
  const read = typeof chain === 'object' ? certificatesIn(chain.data) : [];
  const above = read.filter(({ fingerprint }) => fingerprint !== certificate.fingerprint);
  const certificates = [leaf, ...above.map(({ subject, notAfter }) => ({ subject, notAfter: notAfter.toISOString() }))];
  const out = await seeing(findings, `the key of the ${kind} admin client`, () => outOfUse(services, limits, document));
  const revoked = await seeing(findings, `former keys of the ${kind} admin client`, () =>
    observeRevoked(services, limits, secretName(google, { tenant, environment, kind }, 'active'), document),
  );
  return {
    kind,
    clientId,
    certificates,
    ...(assertion.style === 'kid' ? { kid: assertion.kid } : {}),
    ...(revoked && revoked.length > 0 ? { revoked } : {}),
    ...(out ? { outOfUse: out } : {}),
  };
}

const certificatesIn = (pem: Buffer) =>
  pemBlocks(pem).flatMap(({ label, bytes }) => (isCertificateLabel(label) ? (readCertificate(bytes) ?? []) : []));

async function observeRecords(
  { secrets }: Services,
  limits: Limits,
  { google, tenant, environment }: WatchRequest,
  findings: Finding[],
): Promise<ObservedRecord[]> {
  const labelled = await secrets.labelled(projectName(google), { tenant, environment }, limits);
  return labelled.filter(isRecord).flatMap(({ name, labels, annotations }) => {
    const client = clientOf(labels);
    const record = readRecord(labels, annotations);
    if (client && typeof record !== 'string') return [{ client, record }];
    findings.push({ code: 'EXPIRY_UNSEEN', where: name, message: 'It is not a record of a client that can be read.' });
    return [];
  });
}

/** Secrets of admin clients have a role, and those of candidates and decisions a state of their own. */
const isRecord = ({ labels }: Secret): boolean =>
  labels['managed-by'] === managedBy &&
  labels['role'] === undefined &&
  !['candidates', 'decisions'].includes(labels['state'] ?? '');

function clientOf(labels: Readonly<Record<string, string>>): OAuthClientName | undefined {
  const { tenant, environment, cluster, namespace, name } = labels;
  const kind = clientKinds.find((one) => one === labels['kind']);
  if (!tenant || !environment || !cluster || !namespace || !name || !kind) return undefined;
  return { tenant, environment: environment as OAuthClientName['environment'], cluster, namespace, name, kind };
}

/** Every admin client lists all clients of the organisation: one that may is enough, and one without a key cannot. */
async function observeRegistered(
  services: Services,
  limits: Limits,
  request: WatchRequest,
  admins: readonly ObservedAdmin[],
  findings: Finding[],
): Promise<RegisteredClient[] | undefined> {
  for (const { kind } of admins.filter(({ outOfUse }) => !outOfUse)) {
    const where = `keys at Digdir, seen by the ${kind} admin client`;
    const listed = await seeing(findings, where, () => listRegistered(services, limits, request, kind, findings));
    if (listed) return listed;
  }
  for (const { kind } of admins.filter(({ outOfUse }) => outOfUse)) {
    const message = `The key of the ${kind} admin client is out of use, so that Digdir cannot be asked by it.`;
    findings.push({ code: 'EXPIRY_UNSEEN', where: 'keys at Digdir', message });
  }
  return undefined;
}

async function listRegistered(
  services: Services,
  limits: Limits,
  { google, tenant, environment }: WatchRequest,
  kind: ClientKind,
  findings: Finding[],
): Promise<RegisteredClient[]> {
  const { selfService } = services;
  const administered = { google, client: { tenant, environment, kind } };
  const listed = await asAdmin(services, limits, administered, (token) => selfService.clients(token, limits));
  const clients = await inLanes(listed, lanes, async (client) => {
    const clientId = String(client['client_id']);
    // Many calls outlive one token, so each takes the one that is valid.
    const keys = await seeing(findings, `keys of the client ${clientId}`, async () =>
      asAdmin(services, limits, administered, (token) => selfService.keys(clientId, token, limits)),
    );
    if (!keys) return undefined;
    return { clientId, name: textOf(client, 'client_name'), description: textOf(client, 'description'), keys };
  });
  findings.push(...listed.filter(hasSecret).map(secretFinding));
  return clients.flatMap((client) => client ?? []);
}

/** Names are for people, and the inventory is kept in a workflow's history. */
const longestText = 100;

const textOf = (client: ReturnedClient, field: string): string => {
  const value = client[field];
  return typeof value === 'string' ? value.slice(0, longestText) : '';
};

const hasSecret = (client: ReturnedClient): boolean =>
  textOf(client, 'token_endpoint_auth_method').startsWith('client_secret');

const secretFinding = (client: ReturnedClient): Finding => ({
  code: 'SECRET_EXPIRY_UNKNOWN',
  where: textOf(client, 'client_name') || String(client['client_id']),
  message: `The client ${String(client['client_id'])} has a client secret.`,
});
