// Repeats what may fail for a while: pauses grow from try to try, unless the server says how long
// to wait.
import { AutomodelError } from '@automodel/core';
import { HubFailure } from './hub-failure.js';

/** How often and when a failed request is tried again. */
export interface RetryTiming {
  /** How many tries in a row may fail before it gives up. */
  readonly attempts: number;
  /** Pause after the first failure; it doubles from try to try. */
  readonly firstPauseSeconds: number;
  readonly longestPauseSeconds: number;
  /** A server that asks for a longer pause is not waited for. */
  readonly longestWaitSeconds: number;
}

export const DEFAULT_TIMING: RetryTiming = {
  attempts: 5,
  firstPauseSeconds: 0.5,
  longestPauseSeconds: 15,
  longestWaitSeconds: 330,
};

/**
 * The value of `attempt`, tried again after transient failures. It calls `advanced` when it got
 * further than before: the count of failures then starts anew.
 * Errors: the last `HubFailure`; `aborted`.
 */
export async function retrying<T>(
  attempt: (advanced: () => void) => Promise<T>,
  timing: RetryTiming,
  signal?: AbortSignal,
  isTransient = (failure: HubFailure) => failure.isTransient,
): Promise<T> {
  let failures = 0;
  while (true) {
    try {
      return await attempt(() => (failures = 0));
    } catch (error) {
      checkAborted(signal);
      failures += 1;
      if (!(error instanceof HubFailure) || !isTransient(error) || failures >= timing.attempts)
        throw error;
      const own =
        Math.min(timing.longestPauseSeconds, timing.firstPauseSeconds * 2 ** (failures - 1)) *
        (0.75 + 0.5 * Math.random());
      if ((error.waitSeconds ?? 0) > timing.longestWaitSeconds) throw error;
      await pause(Math.max(error.waitSeconds ?? 0, own), signal);
    }
  }
}

/** Errors: `aborted`. */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new AutomodelError('aborted', 'the transfer was stopped', {
      hint: 'start it again to go on where it stopped',
    });
}

/** Waits. Errors: `aborted`. */
export async function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  await new Promise<void>((done) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      done();
    };
    const timer = setTimeout(end, seconds * 1000);
    signal?.addEventListener('abort', end, { once: true });
  });
  checkAborted(signal);
}
