/** Checks of what a whole test run leaves behind, made when its tests are over and its Temporal server has ended. */
import { describeFinds, scanPlaces } from './key-scan/places.ts';
import type { Secret } from './key-scan/secrets.ts';
import type { TestTemporal } from './setup.ts';

export type TestRun = {
  readonly temporal: TestTemporal;
  /** The file with all that the tests printed. */
  readonly output: string;
  /** What must not show in any of it. */
  readonly secrets: readonly Secret[];
};

/** Resolves to what is left that must not be, a line for each. */
type AfterwardsCheck = (run: TestRun) => Promise<string[]>;

export const afterwards: readonly AfterwardsCheck[] = [findSecrets];

/** The key scan: no private key and no token in Temporal's database, its log, or what was printed. */
async function findSecrets({ temporal, output, secrets }: TestRun): Promise<string[]> {
  const { database, log } = temporal;
  const finds = await scanPlaces({ database, files: [log, output] }, secrets);
  return describeFinds(finds);
}
