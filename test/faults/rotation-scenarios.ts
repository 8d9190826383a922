/** The scenarios of a rotation: each of its ends, and each thing that another certificate may change. */

import { defaultGatePolicy } from '../../domain/approval.ts';
import { rotationOf } from '../rotation.ts';
import { driveRotation } from './drive.ts';
import { withoutProject } from './evidence.ts';
import { signersOf } from './revocation-witness.ts';
import { play } from './rotation-play.ts';
import { begun, never, usual, usualWithKid } from './rotation-plots.ts';
import { documentsOf } from './rotation-witness.ts';
import type { Scenario } from './scenario.ts';
import { styleScenarios } from './style-scenarios.ts';

export const rotationScenarios: readonly Scenario[] = [
  begun('rotation', {}),
  begun('rotation-rejected', { people: { verdict: 'reject' }, outcome: 'rejected' }),
  begun('roll-back', { people: { inSoak: 'go back' }, outcome: 'rolled-back', settings: { soak: never } }),
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
    prepare: async (stage) => play(await usualWithKid(stage)),
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
      const people = { issued: plot.next, verdict: 'approve', inSoak: 'go back' } as const;
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
  /** People look once more before the old key goes, and want it to stay. */
  {
    name: 'rotation-rejected-at-retirement',
    begins: 'maskinporten',
    alone: true,
    async prepare(stage) {
      const plot = await usual(stage);
      const approval = { retirement: { ...defaultGatePolicy, remindAfter: [] } };
      const people = { verdict: 'reject', at: 'retirement' } as const;
      const keeps = 'kari rejected retirement: seen and checked';
      return play({ ...plot, request: { ...plot.request, approval }, people, outcome: 'rejected', keeps });
    },
  },
  begun('rotation-cancelled-in-soak', {
    people: { inSoak: 'cancel' },
    settings: { soak: never },
    outcome: 'withdrawn',
    keeps: 'Withdrawn by somebody: the workflow was cancelled',
  }),
  ...styleScenarios,
];
