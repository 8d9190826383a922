/** The stage of one run: a cloud of its own, a tenant and task queues of its own, and a client of the Temporal server. */

import { cp, mkdtemp, rm } from 'node:fs/promises';
import { generateKeyPair } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { startCloud } from '../../local/cloud.ts';
import { payloadConverterPath } from '../../worker/run.ts';
import { register } from '../key-scan/registry.ts';
import { secretsOfKey } from '../key-scan/secrets.ts';
import { watchWorld } from '../key-scan/watch.ts';
import { organisation } from '../onboarding.ts';
import type { TestTemporal } from '../setup.ts';
import { startWebhook } from '../webhook.ts';
import type { Webhook } from '../webhook.ts';
import type { TestWorld } from '../world.ts';
import type { Plant } from './plants.ts';
import type { Job } from './worker-messages.ts';

export type Stage = TestWorld & {
  readonly issued: IssuedCertificate;
  readonly successor: Props['successor'];
  /** Where the workers tell people; its calls are counted with those of the cloud. */
  readonly webhook: Webhook;
  /** Has keys and tokens that came since looked for when all tests are over. */
  readonly collect: () => Promise<void>;
  /** A worker for the queues that begin with the prefix. */
  job(prefix: string): Job;
};

/** Where a run's workflows live: the shared server, or a lane's own. */
export type Place = Pick<TestTemporal, 'address' | 'namespace' | 'bundle'>;

/** What a stage begins with: a copy of this cloud's folder. */
export type Beginning = {
  readonly folder: string;
  /** Whose admin client is onboarded there; each stage has a tenant of its own when absent. */
  readonly tenant?: string;
};

/** What takes seconds of arithmetic and is the same in every run: the authority, a certificate, keys of import jobs. */
export type Props = {
  /** Holds what there is, and takes what is made in the course of the runs. */
  readonly folder: string;
  /** Nothing but the authority. */
  readonly bare: Beginning;
  readonly issued: IssuedCertificate;
  /** A later certificate of the same organisation: for a key of so many bits, or once more for the same key. */
  readonly successor: (wanted: Successor) => Promise<IssuedCertificate>;
  readonly wrappingKeys: (bits: number) => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>;
  close(): Promise<void>;
};

type Successor = 2048 | 3072 | 4096 | 'same key';

const generate = promisify(generateKeyPair);

export async function makeProps(): Promise<Props> {
  const folder = await mkdtemp(join(tmpdir(), 'digdir-props-'));
  const bare = { folder: join(folder, 'bare') };
  const cloud = await startCloud(bare);
  const issued = await cloud.authority.issue({ organisation });
  await register(secretsOfKey(issued.privateKey));
  await cloud.close();
  const pairs = new Map<number, ReturnType<Props['wrappingKeys']>>();
  const successors = new Map<Successor, ReturnType<Props['successor']>>();
  async function issue(wanted: Successor): Promise<IssuedCertificate> {
    const key = wanted === 'same key' ? { privateKey: issued.privateKey } : { keySize: wanted };
    const next = await cloud.authority.issue({ organisation, ...key });
    await register(secretsOfKey(next.privateKey));
    return next;
  }
  return {
    folder,
    bare,
    issued,
    successor: (wanted) => {
      const made = successors.get(wanted) ?? issue(wanted);
      successors.set(wanted, made);
      return made;
    },
    wrappingKeys: (bits) => {
      const made = pairs.get(bits) ?? generate('rsa', { modulusLength: bits });
      pairs.set(bits, made);
      return made;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** `name` has to be unique on the server: the queues are named by it, and a tenant that is new. */
export async function openStage(
  props: Props,
  place: Place,
  name: string,
  beginning: Beginning,
  plant?: Plant,
): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'digdir-stage-'));
  await cp(beginning.folder, folder, { recursive: true });
  const { cloud, collect } = watchWorld(await startCloud({ folder, generateKeyPair: props.wrappingKeys }));
  const told = { system: 'webhook', method: 'POST', caller: cloud.accounts.operator } as const;
  const webhook = await startWebhook((effect) => cloud.calls.run(told, effect));
  const connection = await Connection.connect({ address: place.address });
  const client = new Client({ connection, namespace: place.namespace, dataConverter: { payloadConverterPath } });
  return {
    cloud,
    client,
    tenant: beginning.tenant ?? name,
    prefix: `digdir-${name}`,
    // The workers are other processes; what they log stays with them.
    audit: [],
    issued: props.issued,
    successor: props.successor,
    webhook,
    collect,
    job: (prefix) => ({
      variables: { ...cloud.variables, DIGDIR_TASK_QUEUE_PREFIX: prefix, DIGDIR_NOTICE_WEBHOOK: webhook.url },
      temporal: { address: place.address, namespace: place.namespace, bundle: place.bundle },
      ...(plant ? { plant } : {}),
    }),
    close: async () => {
      await connection.close();
      await webhook.close();
      await cloud.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
