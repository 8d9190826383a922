/** What must be true of a compromised key all the time: looked at after every write, as the rest of a rotation is. */

import { withoutProject } from './evidence.ts';
import type { Stage } from './stage.ts';

export const outOfUse = {
  rightsFirst: 'once a compromised key is disabled, nobody has the right to sign with it',
  forGood: 'a compromised key that was disabled is never enabled again',
} as const;

/** Looks at the key version (named without its project), and tells what is not so, by the name of the invariant. */
export function createRevocationWitness(stage: Stage, keyVersion: string) {
  let wasDisabled = false;
  return (): Readonly<Record<string, string | undefined>> => {
    const versions = stage.cloud.google.inspect().cryptoKeys.flatMap((key) => key.versions);
    const found = versions.find(({ name }) => withoutProject(name) === keyVersion);
    const isEnabled = found?.state === 'ENABLED';
    wasDisabled ||= !isEnabled;
    if (!wasDisabled) return {};
    const signers = signersOf(stage, keyVersion);
    return {
      [outOfUse.rightsFirst]: signers.length > 0 ? `${signers.join(' and ')} may sign with ${keyVersion}` : undefined,
      [outOfUse.forGood]: isEnabled ? `${keyVersion} is enabled` : undefined,
    };
  };
}

/** Who may sign with the crypto key of the version. */
export function signersOf({ cloud }: Stage, keyVersion: string): readonly string[] {
  const key = cloud.google.inspect().cryptoKeys.find(({ name }) => keyVersion.startsWith(`${withoutProject(name)}/`));
  const signing = key?.bindings?.filter(({ role }) => role === 'roles/cloudkms.signerVerifier') ?? [];
  return signing.flatMap(({ members }) => members ?? []);
}
