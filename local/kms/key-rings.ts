/** Key rings, and the policies of rings, keys and import jobs. Nothing deletes a ring. */
import type { protos } from '@google-cloud/kms';

import { timestamp } from '../grpc/fields.ts';
import { listPage } from '../grpc/listing.ts';
import { canonicalName, parentOf } from '../grpc/names.ts';
import { alreadyExists, invalidArgument, notFound } from '../grpc/rpc-error.ts';
import type { Handlers } from '../grpc/server.ts';
import { policyMethods } from '../iam/methods.ts';
import { emptyPolicy, type Policy } from '../iam/policy.ts';
import { checkedId, demand, denied, foundRing, policiesAbove, type Kms } from './kms.ts';
import type { KeyRing } from './model.ts';

type CreateRequest = protos.google.cloud.kms.v1.ICreateKeyRingRequest;
type GetRequest = protos.google.cloud.kms.v1.IGetKeyRingRequest;
type ListRequest = protos.google.cloud.kms.v1.IListKeyRingsRequest;

export function keyRings(kms: Kms): Handlers {
  return {
    CreateKeyRing(request: CreateRequest, caller) {
      const parent = demand(kms, caller, 'cloudkms.keyRings.create', 'location', request.parent);
      const name = `${parent}/keyRings/${checkedId(request.keyRingId, 'key_ring_id')}`;
      if (kms.rings.get(name)) throw alreadyExists(`KeyRing ${name} already exists.`);
      const ring = { name, createTime: kms.now(), policy: emptyPolicy };
      kms.rings.put(ring);
      return toWire(ring);
    },

    GetKeyRing(request: GetRequest, caller) {
      return toWire(foundRing(kms, demand(kms, caller, 'cloudkms.keyRings.get', 'keyRing', request.name)));
    },

    ListKeyRings(request: ListRequest, caller) {
      const parent = demand(kms, caller, 'cloudkms.keyRings.list', 'location', request.parent);
      const rings = kms.rings.all().filter((ring) => parentOf(ring.name) === parent);
      const { page, ...rest } = listPage(rings, request, 1000);
      return { keyRings: page.map(toWire), ...rest };
    },
  };
}

const toWire = ({ name, createTime }: KeyRing): object => ({ name, createTime: timestamp(createTime) });

/** Handlers of `google.iam.v1.IAMPolicy`, which KMS serves for key rings, crypto keys and import jobs. */
export function kmsPolicies(kms: Kms): Handlers {
  return policyMethods({
    authority: kms.authority,
    service: 'cloudkms.',
    settings: kms.settings,
    denied,
    missing: (name) => notFound(`Resource ${name} not found.`),
    find(resource) {
      const collection = /\/(cryptoKeys|importJobs)\/[^/]*$/.exec(resource ?? '')?.[1] ?? 'keyRings';
      const ring = 'projects/**/locations/*/keyRings/*';
      const template = collection === 'keyRings' ? ring : `${ring}/${collection}/*`;
      const name = canonicalName(kms.authority.project, template, resource);
      return {
        name,
        permissionPrefix: `cloudkms.${collection}`,
        own: (kms.rings.get(name) ?? kms.keys.get(name) ?? kms.jobs.get(name))?.policy,
        inherited: collection === 'keyRings' ? [] : policiesAbove(kms, parentOf(name)),
        put: (policy) => putPolicy(kms, name, policy),
      };
    },
  });
}

function putPolicy(kms: Kms, name: string, policy: Policy): void {
  const [ring, key, job] = [kms.rings.get(name), kms.keys.get(name), kms.jobs.get(name)];
  if (ring) kms.rings.put({ ...ring, policy });
  else if (key) kms.keys.put({ ...key, policy });
  else if (job) kms.jobs.put({ ...job, policy });
  else throw invalidArgument(`The resource ${name} has no policy.`);
}
