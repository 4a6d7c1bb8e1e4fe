// A tracker is a place outside the run folder where a run can be followed, such as TensorBoard's
// event files or a server. It gets the numbers of each step and how the run ended, nothing else.
// A run never waits for a tracker and never ends because of one: calls come one after the other
// from a bounded queue, and stop after an error that retrying does not fix.

/** The run as a tracker may show it. Nothing in it is secret. */
export interface TrackedRun {
  /** Name of the run folder. */
  readonly name: string;
  /** The run folder. Absolute. */
  readonly directory: string;
  /** Relative paths of options start here. */
  readonly workingDirectory: string;
  /** The recipe as YAML, secrets hidden. */
  readonly recipe: string;
  /** Its scalars by dotted key: `optimizer.lr`. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** What runs it: versions, processor, instruction set. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables a tracker may look up, such as API keys, by name. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly startedAt: Date;
  /** Aborted when the run stops waiting for the tracker: requests must end then. */
  readonly signal: AbortSignal;
}

/**
 * Numbers of one step, finite, under NeMo Automodel's names: `loss`, `grad_norm`, `lr`, `val_loss`.
 */
export interface TrackedValues {
  /** From 0. */
  readonly step: number;
  readonly epoch: number;
  readonly time: Date;
  readonly values: Readonly<Record<string, number>>;
}

/** How a run ended. */
export interface TrackedOutcome {
  /** `stopped`: ended early by a signal. */
  readonly status: 'finished' | 'stopped' | 'failed';
  /** For a failed run: the error in one line. */
  readonly message?: string | undefined;
}

/** One run in one place. */
export interface Tracker {
  /** Where it can be looked at: a folder or an address without credentials. */
  readonly location: string | undefined;
  /**
   * Everything since the last call, in order. Calls never overlap. After an error `network` the
   * same entries come again.
   */
  log(entries: readonly TrackedValues[]): Promise<void>;
  /** The last call. */
  close(outcome: TrackedOutcome): Promise<void>;
}

/** A kind of tracker. */
export interface TrackerPlugin {
  readonly kind: 'tracker';
  readonly apiVersion: 1;
  /** The recipe section it reads. */
  readonly name: string;
  /**
   * Checks the options and variables without connecting to anything. Errors: anything the user must
   * fix; they end the run before its first step.
   */
  check?(options: Readonly<Record<string, unknown>>, variables: TrackedRun['variables']): void;
  /**
   * Begins to track a run. Errors are reported as an event, and the run goes on without the
   * tracker.
   */
  open(options: Readonly<Record<string, unknown>>, run: TrackedRun): Promise<Tracker>;
}
