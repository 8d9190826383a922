/** Checks of what a whole test run leaves behind, made when its tests are over and its Temporal server has ended. */
import type { TestTemporal } from './setup.ts';

/** Rejects when something is left that must not be. */
type AfterwardsCheck = (temporal: TestTemporal) => Promise<void>;

export const afterwards: readonly AfterwardsCheck[] = [];
