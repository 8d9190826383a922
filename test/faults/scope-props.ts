/** What scenarios of exposed scopes have in common: other organisations and their scopes, and declarations. */

import type { ExposedScope } from '../../domain/oauth-client.ts';
import { organisation } from '../onboarding.ts';
import type { Stage } from './stage.ts';

const provider = '889640782';
export const consumed = 'nav:open/lesing';
/** Organisations that use what a client exposes: one goes on, one is to lose its access, one is to get it. */
export const [staying, leaving, coming] = ['889640782', '999999999', '974760673'];

/** What is there beforehand: what the client consumes, its consumers, and scopes of the same organisation that it does not own. */
export function layOut({ cloud: { digdir } }: Stage): void {
  digdir.registerScope({ name: consumed, owner_orgno: provider, accessible_for_all: true });
  digdir.registerPrefix(organisation, 'etat');
  for (const orgno of [staying, leaving, coming]) digdir.registerOrganisation(orgno, `Organisasjon ${orgno}`);
  const others = { 'etat:annen/lesing': 'annen - dev:team:another', 'etat:hand/lesing': 'made by hand' };
  for (const [name, description] of Object.entries(others)) {
    digdir.registerScope({ name, description, owner_orgno: organisation });
    digdir.giveAccess(name, leaving);
  }
}

/** A scope as a manifest declares it. */
export const exposed = (product: string, ...consumers: readonly string[]): ExposedScope => ({
  enabled: true,
  prefix: 'etat',
  product,
  name: 'lesing',
  separator: '/',
  atMaxAge: 30,
  allowedIntegrations: ['maskinporten'],
  consumers: consumers.map((orgno) => ({ orgno })),
  accessibleForAll: false,
  visibility: 'public',
});
