/** A first look at a request, by hand: zod is too heavy for workflow code. The strict check is an activity's. Never throws. */

import { longestWait } from '../domain/onboarding.ts';
import type { ProvisioningPace, ProvisioningRequest } from '../domain/provisioning.ts';

type Fields = Record<string, unknown>;

/** The longest request that is kept: a client with some hundred addresses has a tenth of it. */
const longest = 200_000;
const operations = ['apply', 'adopt', 'rotate-key', 'acknowledge', 'delete'];
const times = ['attempt', 'heartbeat', 'retry', 'propagation', 'patience'];

/** The request when it has the parts that a run is carried out by, or what is wrong with its shape. */
export function readProvisioning(input: unknown): ProvisioningRequest | string {
  if (!isObject(input))
    return 'a request is an object: { id, client, organisation, google, operation, requestedBy, pace }';
  const { id, client, organisation, google, operation, requestedBy, pace } = input;
  if (!isText(id)) return 'id has to tell this request from others';
  if (!isText(requestedBy)) return 'requestedBy has to say who asks';
  if (!isText(organisation)) return 'organisation has to be given';
  if (!isObject(google)) return 'google has to be an object';
  if (!isObject(operation) || !operations.some((kind) => kind === operation['kind'])) {
    return `operation.kind has to be ${operations.join(', ')}`;
  }
  const parts = ['tenant', 'environment', 'cluster', 'namespace', 'name', 'kind'];
  if (!isObject(client) || !parts.every((part) => isText(client[part])))
    return `client has to have ${parts.join(', ')}`;
  if (!isPace(pace)) return `pace has to have ${times.join(', ')}`;
  if (JSON.stringify(input).length > longest) return `a request has at most ${longest} characters`;
  return input as ProvisioningRequest;
}

export const isPace = (pace: unknown): pace is ProvisioningPace =>
  isObject(pace) && times.every((time) => isDuration(pace[time]));
export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= 255;
export const isDuration = (value: unknown): boolean =>
  Number.isSafeInteger(value) && Number(value) > 0 && Number(value) <= longestWait;

/** Whether the input of a look at one client's things has the parts that the run needs. The strict check is an activity's. */
export function isLook(input: unknown): boolean {
  if (!isObject(input) || !isObject(input['client']) || !isPace(input['pace'])) return false;
  const { client } = input;
  return ['tenant', 'environment', 'kind'].every((part) => isText(client[part]));
}
