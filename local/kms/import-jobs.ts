/** Import jobs: a real RSA wrapping key each, pending at first, gone after three days. */
import type { protos } from '@google-cloud/kms';

import { refuseFields, timestamp } from '../grpc/fields.ts';
import { listPage } from '../grpc/listing.ts';
import { parentOf } from '../grpc/names.ts';
import { alreadyExists, invalidArgument, unimplemented } from '../grpc/rpc-error.ts';
import type { Handlers } from '../grpc/server.ts';
import { emptyPolicy } from '../iam/policy.ts';
import { checkedId, checkedProtection, demand, foundJob, foundRing, type Kms } from './kms.ts';
import { expireTime, jobState, type ImportJob } from './model.ts';

type CreateRequest = protos.google.cloud.kms.v1.ICreateImportJobRequest;
type GetRequest = protos.google.cloud.kms.v1.IGetImportJobRequest;
type ListRequest = protos.google.cloud.kms.v1.IListImportJobsRequest;

export function importJobs(kms: Kms): Handlers {
  return {
    async CreateImportJob(request: CreateRequest, caller) {
      const parent = demand(kms, caller, 'cloudkms.importJobs.create', 'keyRing', request.parent);
      foundRing(kms, parent);
      const name = `${parent}/importJobs/${checkedId(request.importJobId, 'import_job_id')}`;
      const importMethod = checkedMethod(request.importJob?.importMethod);
      const protectionLevel = checkedProtection(request.importJob?.protectionLevel, true);
      refuseFields(request.importJob ?? {}, ['cryptoKeyBackend']);
      refuseExisting(kms, name);

      const pair = await kms.generateKeyPair(wrappingBits(importMethod));
      // Another call may have created it while the key was made; from here to `put` nothing is awaited.
      refuseExisting(kms, name);
      const job: ImportJob = {
        name,
        createTime: kms.now(),
        policy: emptyPolicy,
        importMethod,
        protectionLevel,
        activeFrom: kms.now() + kms.settings.jobDelay,
        privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      };
      kms.jobs.put(job);
      return toWire(job, kms.now());
    },

    GetImportJob(request: GetRequest, caller) {
      const name = demand(kms, caller, 'cloudkms.importJobs.get', 'importJob', request.name);
      refuseFields(request, ['publicKeyFormat']);
      return toWire(foundJob(kms, name), kms.now());
    },

    ListImportJobs(request: ListRequest, caller) {
      const parent = demand(kms, caller, 'cloudkms.importJobs.list', 'keyRing', request.parent);
      foundRing(kms, parent);
      const jobs = kms.jobs
        .all()
        .filter((job) => parentOf(job.name) === parent)
        .map((job) => toWire(job, kms.now()));
      const { page, ...rest } = listPage(jobs, request, 1000);
      return { importJobs: page, ...rest };
    },
  };
}

/** The size of the job's RSA key, which the method's name says. */
export const wrappingBits = (importMethod: string): number => (importMethod.includes('_3072_') ? 3072 : 4096);

function toWire(job: ImportJob, now: number) {
  const state = jobState(job, now);
  return {
    name: job.name,
    importMethod: job.importMethod,
    protectionLevel: job.protectionLevel,
    createTime: timestamp(job.createTime),
    expireTime: timestamp(expireTime(job)),
    state,
    ...(state !== 'PENDING_GENERATION' && { generateTime: timestamp(job.activeFrom) }),
    ...(state === 'EXPIRED' && { expireEventTime: timestamp(expireTime(job)) }),
    ...(state === 'ACTIVE' && { publicKey: { pem: job.publicKey } }),
  };
}

function checkedMethod(method: unknown): string {
  if (typeof method !== 'string' || method.endsWith('_UNSPECIFIED')) {
    throw invalidArgument('The import_method is required.');
  }
  if (!method.startsWith('RSA_OAEP_')) throw unimplemented(`The local KMS does not support ${method}.`);
  return method;
}

function refuseExisting(kms: Kms, name: string): void {
  if (kms.jobs.get(name)) throw alreadyExists(`ImportJob ${name} already exists.`);
}
