// Measures some steps of training: how long each kernel of their programs took. The first steps are
// left out, because memory is touched and caches are filled in them; only a few more are measured,
// so that what is kept does not grow with the run.
import type { Executable, RunOptions, RunResult } from '@automodel/contracts';
import { AutomodelError, type Plan } from '@automodel/core';

/** Which steps are measured, as in `torch.profiler.schedule`. */
export interface ProfilerOptions {
  /** First steps that are not measured. Default 1. */
  readonly warmup?: number | undefined;
  /** Steps that are measured after these. Default 3. */
  readonly active?: number | undefined;
  /** A clock in milliseconds; default: `performance.now`. */
  readonly now?: (() => number) | undefined;
}

/** One run of a program. */
export interface ProfiledRun {
  readonly plan: Plan;
  /** By step of the plan. */
  readonly kernelNames: readonly string[];
  /** When its first kernel began: nanoseconds, as whole numbers, of the profiler's clock. */
  readonly start: number;
  /** Of each step of the plan; they follow each other without gaps. */
  readonly stepNanoseconds: Float64Array;
}

/** One optimizer step: its time in nanoseconds of the same clock, and the runs in it. */
export interface ProfiledStep {
  /** Counts from 0. */
  readonly step: number;
  readonly start: number;
  readonly end: number;
  readonly runs: readonly ProfiledRun[];
}

/** The default number of first steps that are not measured, and of those that are. */
export const PROFILED = { warmup: 1, active: 3 } as const;

/** `begin` and `end` enclose each step; between them it measures what goes through `measured`. */
export class Profiler {
  readonly #warmup: number;
  readonly #active: number;
  /** In whole nanoseconds. */
  readonly #now: () => number;
  readonly #steps: ProfiledStep[] = [];
  /** Steps that have begun. */
  #begun = 0;
  #open:
    { readonly step: number; readonly start: number; readonly runs: ProfiledRun[] } | undefined;

  /** Errors: `bad-argument` for numbers that are no counts. */
  constructor({
    warmup = PROFILED.warmup,
    active = PROFILED.active,
    now = () => performance.now(),
  }: ProfilerOptions = {}) {
    for (const [name, value, lowest] of [
      ['warmup', warmup, 0],
      ['active', active, 1],
    ] as const)
      if (!Number.isInteger(value) || value < lowest)
        throw new AutomodelError(
          'bad-argument',
          `${name} of a profile must be a whole number of at least ${lowest}, not ${value}`,
        );
    this.#warmup = warmup;
    this.#active = active;
    this.#now = () => Math.round(now() * 1e6);
  }

  /** The steps that were measured. */
  get steps(): readonly ProfiledStep[] {
    return this.#steps;
  }

  /** Whether all steps that are to be measured are. */
  get isComplete(): boolean {
    return this.#steps.length === this.#active;
  }

  /** `count`: steps that are to be made. Errors: `bad-argument` if none of them is measured. */
  expect(count: number): void {
    if (count > this.#warmup) return;
    throw new AutomodelError(
      'bad-argument',
      `nothing would be profiled: ${this.#warmup === 1 ? '1 step is' : `${this.#warmup} steps are`} ` +
        `left out as warm-up, and ${count === 1 ? '1 is' : `${count} are`} made`,
      { hint: 'make more steps, or leave out fewer' },
    );
  }

  /** `step` counts from 0. */
  begin(step: number): void {
    if (this.#begun++ >= this.#warmup && !this.isComplete)
      this.#open = { step, start: this.#now(), runs: [] };
  }

  /** The step has been made. */
  end(): void {
    if (this.#open === undefined) return;
    this.#steps.push({ ...this.#open, end: Math.max(this.#now(), this.#free) });
    this.#open = undefined;
  }

  /**
   * What `run` gives, which is called with the options that measuring takes. Errors: `unsupported`
   * where the backend does not measure; those of `run`.
   */
  async measured(
    {
      plan,
      kernelNames = plan.steps.map(({ op }) => op),
    }: Pick<Executable, 'plan' | 'kernelNames'>,
    run: (options: RunOptions) => Promise<RunResult>,
  ): Promise<RunResult> {
    const open = this.#open;
    if (open === undefined) return run({});
    const start = Math.max(this.#now(), this.#free);
    const result = await run({ profile: true });
    if (result.stepNanoseconds === undefined)
      throw new AutomodelError(
        'unsupported',
        `backend ${plan.backend} does not measure the steps of a program: it cannot be profiled`,
      );
    const stepNanoseconds = Float64Array.from(result.stepNanoseconds);
    open.runs.push({ plan, kernelNames, start, stepNanoseconds });
    return result;
  }

  /** When the last run of the step in progress has ended: the clock of kernels is another one. */
  get #free(): number {
    const last = this.#open?.runs.at(-1);
    return last === undefined ? 0 : last.start + nanosecondsOf(last);
  }
}

/** How long the kernels of a run took. */
export const nanosecondsOf = ({ stepNanoseconds }: ProfiledRun): number =>
  stepNanoseconds.reduce((sum, nanoseconds) => sum + nanoseconds, 0);
