/** How long an outbound call may take. Every call ends before the activity that makes it does. */
export type Limits = {
  /** Milliseconds. */
  readonly timeout: number;
  /** Ends the call early, when the activity is cancelled. */
  readonly signal?: AbortSignal;
};

/** As options for a call of a Google client. Its own retries are off: Temporal owns them, and some calls must not be repeated blindly. */
export const callOptions = ({ timeout, signal }: Limits) => ({ timeout, retry: null, ...(signal ? { signal } : {}) });
