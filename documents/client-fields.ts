/** Single fields that the tenant file and the manifests have in common, as to clients of applications. */

import { z } from 'zod';
import { isPlainLine } from '../domain/plain-text.ts';
import { completeScope } from '../domain/scope-names.ts';
import { text } from './fields.ts';

/** An RFC 1123 label, what Kubernetes accepts as the name of a namespace and of most objects. */
export const kubernetesName = text(
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  'has to be 1 to 63 lower-case letters, digits and dashes, with a letter or digit at both ends',
);

/** People see it at login. */
export const clientName = z
  .string()
  .min(1, 'has to name the client')
  .max(255, 'has more than 255 letters')
  .refine(isPlainLine, 'has to be one line, without control characters and marks of writing direction');

export const seconds = (least: number, most: number): z.ZodNumber => {
  const bounds = `has to be ${least} to ${most} seconds`;
  return z.int(bounds).min(least, bounds).max(most, bounds);
};

export const accessTokenLifetime = seconds(1, 3600);
export const sessionLifetime = seconds(3600, 28_800);

/** A scope of Maskinporten, as tokens are asked for with it. */
export const maskinportenScope = text(completeScope, 'has to be a complete scope, prefix:subscope, as in etat:inntekt');

/** An address in the schema; its rules depend on the environment and are asked elsewhere (`addressFault`). */
export const address = z.string().meta({ format: 'uri' });
