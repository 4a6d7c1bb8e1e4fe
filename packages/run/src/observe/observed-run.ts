// Watches a run: passes its events on, keeps report.html in its folder up to date and feeds its
// trackers. Watching never ends a run: a failure of the report or of a tracker is reported once,
// and the run goes on.
import { basename } from 'node:path';
import { fencedWrite } from '@automodel/checkpoint';
import type { TrackedOutcome } from '@automodel/contracts';
import { renderReport, type ReportData, type ReportEvaluation } from '@automodel/report';
import type { PlanEvent } from '@automodel/train';
import type { Ending } from '../folder/ending-file.js';
import type { OpenedRun } from '../open/opened-run.js';
import { microBatchesOf } from '../open/training-settings.js';
import type { RunEvent, TrackerEvent } from '../events/run-events.js';
import { appendAnswers, readAnswers } from './answers-file.js';
import { examplePrompt, type ExamplePrompt } from './example-prompt.js';
import { readMetricsHistory, type MetricsHistory } from './metrics-history.js';
import { chosenTrackers, openTrackers, type TrackerChoice } from './open-trackers.js';
import { ReportCollector } from './report-data.js';
import { readReportFacts, writeReportFacts } from './report-facts.js';
import { environmentOf, trackedValues } from './tracked-run.js';
import type { TrackerLimits, TrackerQueue } from './tracker-queue.js';

/** The report on disk is updated after these events, and at the end of the run. */
const WRITTEN_AFTER: readonly RunEvent['type'][] = [
  'plan',
  'evaluation',
  'validation',
  'early-stopping',
  'checkpoint-saved',
  'saved',
  'exported',
];

export interface ObservedOptions {
  readonly limits?: TrackerLimits | undefined;
  /** Called once, with how to get what the report shows at the moment. */
  readonly onReport?: ((report: () => Promise<ReportData>) => void) | undefined;
}

/** The parts of a run that observers need. */
type ObservedOf = Pick<
  OpenedRun,
  | 'recipe'
  | 'source'
  | 'plugins'
  | 'output'
  | 'workingDirectory'
  | 'backend'
  | 'model'
  | 'parallelism'
  | 'tokenizer'
>;

/**
 * The events of a run and of its observers. Errors: those of the run; before its first event, those
 * of a tracker that is not installed or whose options are wrong.
 */
export async function* observed(
  run: ObservedOf,
  events: AsyncIterable<RunEvent>,
  { limits, onReport }: ObservedOptions = {},
): AsyncGenerator<RunEvent, void, undefined> {
  const observer = await RunObserver.create(run, limits);
  onReport?.(() => observer.reportData());
  let outcome: TrackedOutcome = { status: 'stopped' };
  try {
    for await (const event of events) {
      await observer.handle(event);
      if (event.type === 'done') {
        outcome = { status: event.reason === 'finished' ? 'finished' : 'stopped' };
        yield* observer.end(outcome);
      } else yield* observer.news();
      yield event;
    }
  } catch (error) {
    outcome = { status: 'failed', message: error instanceof Error ? error.message : String(error) };
    throw error;
  } finally {
    await observer.close(outcome);
  }
}

class RunObserver {
  readonly #run: ObservedOf;
  readonly #choices: readonly TrackerChoice[];
  readonly #limits: TrackerLimits | undefined;
  readonly #report: ReportCollector;
  readonly #stop = new AbortController();
  readonly #path: string;
  readonly #news: TrackerEvent[] = [];
  #trackers: readonly TrackerQueue[] = [];
  /** Nothing is written into the folder before the run has locked it. */
  #begun = false;
  /** Whether the report on disk is up to date. */
  #current = false;
  readonly #complained = new Set<string>();
  #closed = false;
  #epoch = 0;
  #state: Pick<ReportData, 'status' | 'message'> = { status: 'running' };

  private constructor(
    run: ObservedOf,
    choices: readonly TrackerChoice[],
    limits: TrackerLimits | undefined,
  ) {
    const { output, source } = run;
    this.#run = run;
    this.#choices = choices;
    this.#limits = limits;
    this.#path = output.reportPath;
    this.#report = new ReportCollector({
      name: basename(output.path),
      recipe: source,
      recipePath: output.recipePath,
      startedAt: new Date(),
    });
  }

  static async create(run: ObservedOf, limits: TrackerLimits | undefined): Promise<RunObserver> {
    return new RunObserver(run, await chosenTrackers(run), limits);
  }

  async handle(event: RunEvent): Promise<void> {
    if (event.type === 'plan') await this.#begin(event);
    if (event.type === 'finished' && event.ending !== undefined) await this.#goOn(event.ending);
    if (event.type === 'step') this.#epoch = event.epoch;
    if (event.type === 'evaluation')
      await this.#guarded('answers', () =>
        appendAnswers(
          this.#run.output.answersPath,
          this.#run.output.fence,
          this.#report.evaluation(event),
        ),
      );
    if (event.type === 'saved') this.#report.tryWith(await this.#example());
    this.#report.handle(event);
    const { log_remote_every_steps: every } = this.#run.recipe.step_scheduler;
    const values =
      event.type === 'step' && event.step % every !== 0
        ? undefined
        : trackedValues(event, { step: Math.max(0, this.#report.steps - 1), epoch: this.#epoch });
    if (values !== undefined) for (const tracker of this.#trackers) tracker.push(values);
    if (WRITTEN_AFTER.includes(event.type)) await this.#write({ status: 'running' });
  }

  async #example(): Promise<ExamplePrompt | undefined> {
    const { recipe, tokenizer, workingDirectory } = this.#run;
    return examplePrompt(recipe.dataset, await tokenizer(), workingDirectory);
  }

  /** The tracker events since the last call. */
  *news(): Generator<RunEvent, void, undefined> {
    yield* this.#news.splice(0);
  }

  /** Writes the last report and closes all trackers. */
  async *end(outcome: TrackedOutcome): AsyncGenerator<RunEvent, void, undefined> {
    await this.close(outcome);
    yield* this.news();
    if (this.#current) yield { type: 'report', path: this.#path };
  }

  /** Further calls do nothing. */
  async close(outcome: TrackedOutcome): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(this.#trackers.map((tracker) => tracker.close(outcome)));
    this.#stop.abort();
    await this.#write(outcome);
    if (outcome.status === 'finished' && this.#current)
      await this.#guarded('end of the run', () => this.#run.output.ending.remove());
  }

  async #begin({ report }: PlanEvent): Promise<void> {
    const environment = environmentOf(await this.#run.backend());
    const microBatches = await microBatchesOf(this.#run);
    const { history, answers } = await this.#soFar();
    this.#report.begin(environment, report, microBatches, history, answers);
    await this.#openTrackers();
  }

  /** The result is in place, and only what follows it is left. */
  async #goOn({ epoch }: Ending): Promise<void> {
    this.#epoch = epoch;
    const { history, answers } = await this.#soFar();
    this.#report.goOn(await readReportFacts(this.#run.output.factsPath), history, answers);
    await this.#openTrackers();
  }

  /** What the folder holds of the run. */
  async #soFar(): Promise<{
    readonly history: MetricsHistory;
    readonly answers: readonly ReportEvaluation[];
  }> {
    const { metricsPath, answersPath } = this.#run.output;
    const history = await readMetricsHistory(metricsPath);
    const steps = (history.steps.at(-1)?.step ?? -1) + 1;
    return { history, answers: await readAnswers(answersPath, steps) };
  }

  /** From here on the folder is written into. */
  async #openTrackers(): Promise<void> {
    this.#begun = true;
    this.#trackers = await openTrackers(this.#run, this.#choices, {
      limits: this.#limits,
      signal: this.#stop.signal,
      opened: (name, location) => this.#tell(name, { location }),
      problem: (name, problem) => this.#tell(name, { problem }),
    });
  }

  #tell(name: string, said: Pick<TrackerEvent, 'location' | 'problem'>): void {
    if (said.location !== undefined || said.problem !== undefined)
      this.#news.push({ type: 'tracker', name, ...said });
    if (said.problem !== undefined) this.#report.note(`${name}: ${said.problem}`);
  }

  /** What the report shows at the moment. */
  async reportData(): Promise<ReportData> {
    return this.#report.data(await this.#run.output.checkpoints.list(), this.#state);
  }

  /** In one step: a crash leaves the last complete report. */
  async #write(state: Pick<ReportData, 'status' | 'message'>): Promise<void> {
    this.#state = state;
    if (!this.#begun) return;
    const { fence, factsPath } = this.#run.output;
    this.#current = await this.#guarded('report', async () => {
      const data = await this.reportData();
      await writeReportFacts(fence, factsPath, data);
      await fencedWrite(fence, this.#path, renderReport(data));
    });
  }

  /** Whether something could be written; the first failure of each kind is reported. */
  async #guarded(what: string, write: () => Promise<void>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      if (!this.#complained.has(what))
        this.#tell(what, { problem: `cannot be written: ${(error as Error).message}` });
      this.#complained.add(what);
      return false;
    }
  }
}
