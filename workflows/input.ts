/** A first look at the input, so that a run can show itself whatever it was given. The strict check is an activity's. */

import { defaultPace } from '../domain/onboarding.ts';
import type { OnboardingRequest, Pace } from '../domain/onboarding.ts';
import { defaultRotation } from '../domain/rotation.ts';
import type { RotationRequest, RotationSettings } from '../domain/rotation.ts';
import { isDuration, isObject } from './read-provisioning.ts';

/** The input itself when it has the parts that a run is shown by; else something to stand in for it. */
export function readInput(input: unknown): OnboardingRequest {
  return isReadable(input) ? input : unreadable;
}

/** The same for a rotation, and its settings. */
export function readRotationInput(input: RotationRequest): { request: OnboardingRequest; rotation: RotationSettings } {
  const { rotation, ...request } = { ...input };
  return isReadable(request) && isRotation(rotation)
    ? { request, rotation }
    : { request: unreadable, rotation: defaultRotation };
}

const unreadable: OnboardingRequest = {
  tenant: 'unknown',
  environment: 'local',
  organisation: 'unknown',
  google: { project: '', location: '', keyRing: '', protectionLevel: 'SOFTWARE', replication: 'automatic' },
  platform: '',
  kind: 'maskinporten',
  client: { clientId: '', scopes: [], assertion: 'x5c' },
  approval: {},
  existing: {},
  requestedBy: 'unknown',
  pace: defaultPace,
};

function isReadable(input: unknown): input is OnboardingRequest {
  if (!isObject(input)) return false;
  const texts = ['tenant', 'environment', 'organisation', 'kind', 'platform', 'requestedBy'];
  const objects = ['google', 'client', 'approval', 'existing', 'pace'];
  return (
    texts.every((field) => typeof input[field] === 'string') &&
    objects.every((field) => isObject(input[field])) &&
    isPace(input['pace'])
  );
}

function isPace(pace: unknown): pace is Pace {
  return isObject(pace) && Object.keys(defaultPace).every((field) => isDuration(pace[field]));
}

const isRotation = (rotation: unknown): rotation is RotationSettings =>
  isObject(rotation) && isDuration(rotation['soak']) && isDuration(rotation['drain']);
