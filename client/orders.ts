/** Orders of admin clients: everything that `onboard` and `rotate-certificate` read first, with all findings together. */

import { phasePolicy } from '../domain/approval.ts';
import type { Certificate, CertificateChain } from '../domain/certificate.ts';
import { failureOf, stops } from '../domain/failures.ts';
import type { Finding } from '../domain/failures.ts';
import type { OnboardingRequest, Pace } from '../domain/onboarding.ts';
import { Refusal } from '../domain/refusal.ts';
import type { RotationRequest, RotationSettings } from '../domain/rotation.ts';
import { clientKinds } from '../domain/tenant.ts';
import type { AdminClient, ClientKind, ExistingResources, Tenant } from '../domain/tenant.ts';
import { readChain } from '../documents/certificate-chain.ts';
import { readSeedYaml } from '../documents/seed-yaml.ts';
import { readTenantFile } from '../documents/tenant-file.ts';
import { readKeyFile } from './key-file.ts';
import { readFileOr } from './read-file.ts';

type PerClient<T> = { readonly [kind in ClientKind]?: T };

export type OrderInputs = {
  /** Path of the tenant file. */
  readonly tenantFile: string;
  /** Only this admin client; all that the tenant file names when absent. */
  readonly only?: ClientKind;
  /** Paths of key files and chains; where one client's are absent, those under `all`. */
  readonly keyFiles: PerClient<string> & { readonly all?: string };
  readonly chains: PerClient<string> & { readonly all?: string };
  /** The passphrase of a key file that needs one; zeroed after use. `undefined` when there is none to be had. */
  readonly passphrase: (keyFile: string) => Promise<Buffer | undefined>;
  /** Path of the YAML that names existing resources. */
  readonly adopt?: string;
  /** Existing resources that were named one by one, for the client of `only`. */
  readonly existing?: ExistingResources;
  /** PEM root certificates of the environment. */
  readonly roots: readonly string[];
  /** For a rotation instead of an onboarding. */
  readonly rotation?: Pick<RotationSettings, 'compromised'>;
  readonly requestedBy: string;
  readonly pace: Pace;
  readonly now: Date;
};

/** What one admin client needs: the workflow's input, and what stays on this machine. */
export type Order = {
  readonly request: OnboardingRequest | RotationRequest;
  readonly certificate?: Certificate;
  /** Path of the file that its chain was read from. */
  readonly chainFile?: string;
  /** PKCS#8 DER, a copy of its own for each client; whoever holds the order zeroes it. */
  readonly pkcs8?: Buffer;
};

/**
 * Reads and judges all that was handed in. Orders are there only when no finding stops them. Where nothing was given to
 * take a client's certificate from (USAGE), or a key file stays closed for want of a passphrase (PASSPHRASE_MISSING),
 * that is a finding among the others; when nothing else stops the orders, it throws that instead.
 */
export async function readOrders(inputs: OrderInputs): Promise<{ orders: readonly Order[]; findings: Finding[] }> {
  const findings: Finding[] = [];
  const tenantText = await readText(inputs.tenantFile, findings);
  const tenant =
    tenantText === undefined ? undefined : collect(findings, readTenantFile(tenantText, inputs.tenantFile)).tenant;
  const adopted = inputs.adopt === undefined ? {} : await readAdopted(inputs.adopt, findings);

  const orders: Order[] = [];
  const chosen = chosenClients(tenant, inputs, findings);
  if (inputs.rotation?.compromised !== undefined && chosen.length > 1) findings.push(compromisedOfWhom);
  for (const [kind, client] of chosen) {
    const existing = { ...adopted[kind], ...inputs.existing };
    const material = await readMaterial(kind, existing, tenant, inputs, findings);
    if (tenant && client) orders.push(orderOf(tenant, kind, client, existing, material, inputs));
    else material.pkcs8?.fill(0);
  }
  if (!findings.some(stops)) return { orders, findings };
  forgetKeys(orders);
  refuseUsage(findings.filter(stops));
  return { orders: [], findings };
}

/** Throws when nothing is wrong but the way in which the command was called. */
function refuseUsage(stopping: readonly Finding[]): void {
  const [first] = stopping;
  if (!first || stopping.some(({ code }) => failureOf(code).failureClass !== 'usage')) return;
  throw new Refusal(first.code, failureOf(first.code).title, { findings: stopping });
}

/** Zeroes the private keys. */
export function forgetKeys(orders: readonly Order[]): void {
  for (const { pkcs8 } of orders) pkcs8?.fill(0);
}

/** The clients to onboard; without a readable tenant file those whose key files can be judged all the same. */
function chosenClients(
  tenant: Tenant | undefined,
  inputs: OrderInputs,
  findings: Finding[],
): [ClientKind, AdminClient | undefined][] {
  const named = clientKinds.filter((kind) => (tenant ? tenant.clients[kind] : inputs.keyFiles[kind]));
  if (inputs.only && tenant && !tenant.clients[inputs.only]) {
    const message = `The tenant file does not name the client ${inputs.only}.`;
    findings.push({ code: 'FIELD_MISSING', where: `${inputs.tenantFile}: clients.${inputs.only}`, message });
  }
  const fallback: ClientKind[] = !tenant && inputs.keyFiles.all && named.length === 0 ? ['maskinporten'] : [];
  return [...named, ...fallback]
    .filter((kind) => !inputs.only || inputs.only === kind)
    .map((kind) => [kind, tenant?.clients[kind]]);
}

type Material = { readonly chain?: CertificateChain; readonly chainFile?: string; readonly pkcs8?: Buffer };

async function readMaterial(
  kind: ClientKind,
  existing: ExistingResources,
  tenant: Tenant | undefined,
  inputs: OrderInputs,
  findings: Finding[],
): Promise<Material> {
  const keyFile = inputs.keyFiles[kind] ?? inputs.keyFiles.all;
  const chainFile = inputs.chains[kind] ?? inputs.chains.all;
  if (keyFile === undefined && chainFile === undefined) {
    // A compromised key is taken out of use before there is another one.
    const later = inputs.rotation?.compromised !== undefined;
    if (!existing.chainVersion && !later) findings.push(certificateMissing(kind));
    return {};
  }
  const chainBytes = chainFile === undefined ? undefined : await readBytes(chainFile, findings);
  const key = keyFile === undefined ? undefined : await readKey(keyFile, chainBytes, inputs, findings);
  const chainPem = key?.chainPem ?? chainBytes?.toString('utf8');
  if (chainPem === undefined || !tenant) return key?.pkcs8 ? { pkcs8: key.pkcs8 } : {};
  const { environment, organisation } = tenant;
  const where = chainFile ?? keyFile ?? kind;
  const context = { environment, organisation, now: inputs.now, roots: inputs.roots, where };
  const { chain } = collect(findings, readChain(chainPem, context));
  return { ...(chain ? { chain, chainFile: where } : {}), ...(key?.pkcs8 ? { pkcs8: key.pkcs8 } : {}) };
}

/** What runs gives way to such a rotation: that must not befall a client whose certificate is well. */
const compromisedOfWhom: Finding = {
  code: 'USAGE',
  where: '--compromised',
  message: 'It is about the certificate of one client: say which with --client.',
};

const certificateMissing = (kind: ClientKind): Finding => ({
  code: 'USAGE',
  where: `the ${kind} client`,
  message: 'Nothing gives its certificate: use --key-file, --chain or --adopt.',
});

async function readKey(where: string, chain: Buffer | undefined, inputs: OrderInputs, findings: Finding[]) {
  const bytes = await readBytes(where, findings);
  if (!bytes) return undefined;
  const contents = { bytes, where, ...(chain ? { chain } : {}) };
  try {
    const closed = readKeyFile(contents);
    if (!closed.needsPassphrase) return openedKey(collect(findings, closed));
    const passphrase = await inputs.passphrase(where);
    if (!passphrase) return openedKey(collect(findings, closed));
    try {
      return openedKey(collect(findings, readKeyFile({ ...contents, passphrase })));
    } finally {
      passphrase.fill(0);
    }
  } finally {
    bytes.fill(0);
  }
}

const openedKey = ({ key, chainPem }: Pick<ReturnType<typeof readKeyFile>, 'key' | 'chainPem'>) => ({
  ...(key ? { pkcs8: key.pkcs8 } : {}),
  ...(chainPem === undefined ? {} : { chainPem }),
});

function orderOf(
  tenant: Tenant,
  kind: ClientKind,
  client: AdminClient,
  existing: ExistingResources,
  { chain, chainFile, pkcs8 }: Material,
  { requestedBy, pace, rotation }: OrderInputs,
): Order {
  const { environment, organisation, google, platform } = tenant;
  const approval = phasePolicy(tenant.approval);
  const subject = { tenant: tenant.tenant, environment, organisation, google, platform, kind, client, approval };
  const settings = rotation ? { rotation: { ...tenant.rotation, ...rotation } } : {};
  const request = { ...subject, existing, requestedBy, pace, ...(chain ? { chain: chain.pem } : {}), ...settings };
  return {
    request,
    ...(chain ? { certificate: chain.leaf } : {}),
    ...(chainFile === undefined ? {} : { chainFile }),
    ...(pkcs8 ? { pkcs8 } : {}),
  };
}

async function readAdopted(file: string, findings: Finding[]): Promise<PerClient<ExistingResources>> {
  const text = await readText(file, findings);
  return text === undefined ? {} : (collect(findings, readSeedYaml(text, file)).resources ?? {});
}

/** Adds the findings of a reading to the others, each once: two clients may share a file. */
function collect<T extends { readonly findings: readonly Finding[] }>(all: Finding[], reading: T): T {
  const known = new Set(all.map((finding) => JSON.stringify(finding)));
  all.push(...reading.findings.filter((finding) => !known.has(JSON.stringify(finding))));
  return reading;
}

const readText = async (file: string, findings: Finding[]): Promise<string | undefined> =>
  (await readBytes(file, findings))?.toString('utf8');

async function readBytes(file: string, findings: Finding[]): Promise<Buffer | undefined> {
  const read = await readFileOr(file);
  if (Buffer.isBuffer(read)) return read;
  collect(findings, { findings: [read] });
  return undefined;
}
