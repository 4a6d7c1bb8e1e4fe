// A run of a recipe, as apps and `finetune` use it: its events, its plan, its checks. Nothing is
// opened until it is needed.
import type { Device } from '@automodel/contracts';
import { Stop } from '@automodel/train';
import type { ParsedRecipe } from '@automodel/recipe';
import type { ReportData } from '@automodel/report';
import { checkRun } from '../check/check-run.js';
import type { Finding } from '../check/finding.js';
import { planRecipe, type PlanSizes, type RunPlan } from '../check/plan-recipe.js';
import type { RunEvent } from '../events/run-events.js';
import { observed } from '../observe/observed-run.js';
import { profiled } from '../observe/profiled-run.js';
import { watchedSpeed } from '../observe/watched-speed.js';
import { openRun, type OpenOptions } from '../open/open-run.js';
import type { OpenedRun } from '../open/opened-run.js';
import type { PluginRegistry } from '../plugins/plugin-registry.js';
import { runStages } from '../stages/run.js';

/** Options of a run besides its recipe and plugins. */
export type ComposeOptions = OpenOptions;

/** A run of one recipe. Close it when done. */
export class Run implements AsyncDisposable {
  /** Its parts, each opened when it is first needed. */
  readonly opened: OpenedRun;
  readonly #signal: AbortSignal | undefined;
  #report: (() => Promise<ReportData>) | undefined;

  constructor(opened: OpenedRun, signal?: AbortSignal) {
    this.opened = opened;
    this.#signal = signal;
  }

  /**
   * Trains as the recipe says, with a report in the run's folder and the trackers that it names.
   * `signal`, by default the one the run was composed with, ends the run after the step in progress
   * and saves a checkpoint; a run that is stopped in its last step saves its result, and its next
   * start evaluates and exports it. If there are several processes, only the first one observes.
   * Errors: anything wrong with model, data and recipe is thrown before the first step.
   */
  async *events(signal = this.#signal): AsyncGenerator<RunEvent, void, undefined> {
    const { opened } = this;
    const { host } = opened;
    const stages = opened.downloads.among(runStages(opened, new Stop(signal, host)));
    const { profile } = opened;
    const events = profile === undefined ? stages : profiled(opened, profile, stages);
    const onReport = (report: () => Promise<ReportData>): void => void (this.#report = report);
    yield* host.rank === 0 ? observed(opened, watchedSpeed(opened, events), { onReport }) : events;
  }

  /** What the report shows at the moment; undefined before the first event. */
  async report(): Promise<ReportData | undefined> {
    return this.#report?.();
  }

  /**
   * What the run will take. Reads the data unless `sizes` are given; loads no weights. `speed`: of
   * the device that times are estimated for; default: the backend's.
   */
  plan(sizes?: PlanSizes, speed?: Partial<Device>): Promise<RunPlan> {
    return planRecipe(this.opened, sizes, speed);
  }

  /**
   * What can be found out before the run starts, check by check. Loads no weights, writes nothing.
   */
  check(): AsyncGenerator<Finding, void, undefined> {
    return checkRun(this.opened);
  }

  /** Frees memory, threads and files. */
  close(): Promise<void> {
    return this.opened.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A run of `recipe` with `plugins`. Close it when done. */
export const composeRun = (
  recipe: ParsedRecipe,
  plugins: PluginRegistry,
  options: ComposeOptions = {},
): Run => new Run(openRun(recipe, plugins, options), options.signal);
