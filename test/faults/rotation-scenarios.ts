/** The scenarios of a rotation: each of its ends, and each thing that another certificate may change. */

import type { OnboardingRequest } from '../../domain/onboarding.ts';
import { register, requestFor } from '../onboarding.ts';
import { adminScopes } from '../provisioning.ts';
import { rotationOf } from '../rotation.ts';
import { driveOnboarding, driveRotation } from './drive.ts';
import { withoutProject } from './evidence.ts';
import { faultPace } from './pace.ts';
import { signersOf } from './revocation-witness.ts';
import { play } from './rotation-play.ts';
import type { Plot } from './rotation-play.ts';
import { documentsOf } from './rotation-witness.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

/** Seconds that no run waits for. */
const never = 600;

export const rotationScenarios: readonly Scenario[] = [
  begun('rotation', {}),
  begun('rotation-rejected', { people: { verdict: 'reject' }, outcome: 'rejected' }),
  begun('roll-back', { people: { goBack: true }, outcome: 'rolled-back', settings: { soak: never } }),
  {
    /** Whatever may be seen late is seen late, and a key of another size needs new rights. */
    name: 'rotation-slow-world',
    begins: 'maskinporten',
    alone: true,
    async prepare(stage) {
      const plot = await usual(stage);
      const late = { staleLatest: 3_600_000, iamDelay: 1_000, importDelay: 300, jobDelay: 300 };
      Object.assign(stage.cloud.google.settings, late);
      return play({ ...plot, next: await stage.successor(3072), cryptoKey: `${stage.tenant}-local-maskinporten-3072` });
    },
  },
  {
    /** Digdir is asked for another key than that of the certificate before. */
    name: 'rotation-kid',
    async prepare(stage) {
      const request = requestFor(stage, stage.issued, { client: { assertion: 'kid' }, pace: faultPace });
      register(stage.cloud, request, 'first', stage.issued);
      await driveOnboarding(stage, request, 'approve', 'first');
      return play({ ...(await usual(stage)), request, people: { kid: 'second' } });
    },
  },
  {
    /** Another key of KMS, as its versions are all of one size. */
    name: 'rotation-larger-key',
    begins: 'maskinporten',
    alone: true,
    async prepare(stage) {
      const plot = await usual(stage);
      return play({ ...plot, next: await stage.successor(4096), cryptoKey: `${stage.tenant}-local-maskinporten-4096` });
    },
  },
  {
    name: 'rotation-chain-only',
    begins: 'maskinporten',
    alone: true,
    async prepare(stage) {
      const { issued } = stage;
      return play({ ...(await usual(stage)), next: { ...issued, chain: [issued.leaf, issued.intermediate] } });
    },
  },
  {
    name: 'rotation-same-key',
    begins: 'maskinporten',
    alone: true,
    async prepare(stage) {
      return play({ ...(await usual(stage)), next: await stage.successor('same key') });
    },
  },
  {
    name: 'rotation-destroying',
    begins: 'maskinporten',
    alone: true,
    async prepare(stage) {
      const { google, accounts } = stage.cloud;
      // Not in the role as it is deployed: whoever wants it adds it.
      google.bind(`serviceAccount:${accounts.provisioner}`, 'roles/cloudkms.admin');
      return play({ ...(await usual(stage)), settings: { retire: 'destroy' } });
    },
  },
  begun('rotation-withdrawn', { people: { verdict: 'withdraw' }, outcome: 'withdrawn' }),
  {
    name: 'rotation-expired',
    begins: 'maskinporten',
    alone: true,
    async prepare(stage) {
      const plot = await usual(stage);
      const policy = { approvers: 1, who: [], identity: 'asserted', expiresAfter: 1, remindAfter: [] } as const;
      const request = { ...plot.request, approval: { registration: policy } };
      return play({ ...plot, request, people: { verdict: 'wait' }, outcome: 'expired' });
    },
  },
  {
    /** What the rejected run disabled is used again, and not made anew. */
    name: 'rotation-after-rejection',
    begins: 'maskinporten',
    alone: true,
    async prepare(stage) {
      const plot = await usual(stage);
      const people = { issued: plot.next, verdict: 'reject' } as const;
      await driveRotation(stage, rotationOf(plot.request, plot.next), people);
      return play(plot);
    },
  },
  {
    name: 'rotation-after-roll-back',
    begins: 'maskinporten',
    alone: true,
    async prepare(stage) {
      const plot = await usual(stage);
      const people = { issued: plot.next, verdict: 'approve', goBack: true } as const;
      await driveRotation(stage, rotationOf(plot.request, plot.next, { soak: never }), people);
      return play(plot);
    },
  },
  {
    /** The key goes first, and with it the client's tokens until the next certificate is active. Nothing soaks. */
    name: 'rotation-compromised',
    begins: 'maskinporten',
    alone: true,
    async prepare(stage) {
      const plot = await usual(stage);
      const { keyVersion = '', certificate } = documentsOf(stage).at(-1) ?? {};
      const settings = { compromised: certificate?.serialNumber ?? '', soak: never };
      const gap = () => signersOf(stage, withoutProject(keyVersion)).length === 0;
      return play({ ...plot, settings, gap, cryptoKey: `${stage.tenant}-local-maskinporten-2048` });
    },
  },
];

/** A scenario that departs from the usual plot in this. */
function begun(name: string, change: Partial<Plot>): Scenario {
  return {
    name,
    begins: 'maskinporten',
    alone: true,
    prepare: async (stage) => play({ ...(await usual(stage)), ...change }),
  };
}

/** The certificate for another key, approved. */
async function usual(stage: Stage): Promise<Plot> {
  const next = await stage.successor(2048);
  return { stage, request: requestOf(stage), next, people: {}, outcome: 'rotated' };
}

/** As the admin client was onboarded. */
function requestOf(stage: Stage): OnboardingRequest {
  const clientId = documentsOf(stage).at(-1)?.clientId;
  const client = { scopes: adminScopes.maskinporten, ...(clientId === undefined ? {} : { clientId }) };
  return requestFor(stage, stage.issued, { client, pace: faultPace });
}
