// Collects what a run's report shows from its events.
import type { CheckpointEntry } from '@automodel/checkpoint';
import type { ReportData, ReportEvaluation } from '@automodel/report';
import type { PlanReport } from '@automodel/train';
import { earlyStoppingText } from './early-stopping-text.js';
import { GREETING, type ExamplePrompt } from './example-prompt.js';
import { generateCommand, resumeCommand } from './next-command.js';
import type {
  DatasetEvent,
  EvaluationEvent,
  ExportedEvent,
  RunEvent,
  SavedEvent,
} from '../events/run-events.js';
import { medianSeconds, type MetricsHistory } from './metrics-history.js';
import type { ReportFacts } from './report-facts.js';
import { modelOf } from './report-model.js';
import { planOf } from './report-plan.js';

export interface CollectedRun {
  readonly name: string;
  /** YAML, secrets hidden. */
  readonly recipe: string;
  readonly recipePath: string;
  readonly startedAt: Date;
}

/** A checkpoint among what was saved. */
const nameOfStep = (step: number): string => `step ${step + 1}`;
const isStep = (what: string): boolean => /^step \d+$/.test(what);

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class ReportCollector {
  readonly #facts: CollectedRun;
  readonly #data: Mutable<
    Omit<
      ReportData,
      keyof CollectedRun | 'status' | 'updatedAt' | 'steps' | 'validations' | 'stepSeconds'
    >
  >;
  #history: MetricsHistory = { steps: [], validations: [] };
  #example = GREETING;
  #startedAt: Date;
  #result: Pick<SavedEvent, 'directory' | 'base'> | undefined;

  constructor(facts: CollectedRun) {
    this.#facts = facts;
    this.#startedAt = facts.startedAt;
    this.#data = {
      totalSteps: 0,
      stepsPerEpoch: 0,
      model: undefined,
      datasets: [],
      evaluations: [],
      plan: undefined,
      environment: {},
      notes: [],
      saved: [],
      nextCommand: undefined,
    };
  }

  /** What the result is tried with where no row was asked; before it is saved. */
  tryWith(example: ExamplePrompt | undefined): void {
    this.#example = example ?? GREETING;
  }

  /** Steps that were done, including those before a resume. */
  get steps(): number {
    return (this.#history.steps.at(-1)?.step ?? -1) + 1;
  }

  /**
   * Adds what is known only when the run begins: where it runs, how often its micro program runs in
   * a step, and the metrics and answers of an earlier part.
   */
  begin(
    environment: Readonly<Record<string, string>>,
    plan: PlanReport,
    microBatches: number,
    history: MetricsHistory,
    answers: readonly ReportEvaluation[],
  ): void {
    this.#data.environment = environment;
    this.#data.plan = planOf(plan, microBatches);
    this.#data.evaluations = answers;
    this.#history = history;
  }

  /**
   * Goes on with what an earlier start had collected when its result was in place; without `facts`,
   * with what metrics and answers tell.
   */
  goOn(
    facts: ReportFacts | undefined,
    history: MetricsHistory,
    answers: readonly ReportEvaluation[],
  ): void {
    if (facts !== undefined) {
      const { saved } = facts;
      this.#startedAt = facts.startedAt;
      // what else they say is said anew in `data`
      Object.assign(this.#data, facts, { saved: saved.filter(({ what }) => !isStep(what)) });
    }
    this.#data.evaluations = answers;
    this.#history = history;
  }

  note(text: string): void {
    this.#data.notes = [...this.#data.notes, text];
  }

  handle(event: RunEvent): void {
    const data = this.#data;
    if (event.type === 'notes')
      event.notes.forEach(({ key, because }) => this.note(`${key} has no effect: ${because}`));
    else if (event.type === 'model') {
      data.model = modelOf(event);
      event.notes.forEach((text) => this.note(text));
    } else if (event.type === 'dataset') this.#dataset(event);
    else if (event.type === 'plan')
      [data.totalSteps, data.stepsPerEpoch] = [event.totalSteps, event.stepsPerEpoch];
    else if (event.type === 'step') {
      this.#history.steps.push(event);
      data.trainingSeconds = (data.trainingSeconds ?? 0) + event.seconds;
    } else if (event.type === 'done' && event.steps > 0) data.trainingSeconds = event.seconds;
    else if (event.type === 'validation') this.#history.validations.push(event);
    else if (event.type === 'evaluation') {
      data.evaluations = [
        // as in the file of answers, the later ones after a step count
        ...data.evaluations.filter(({ steps }) => steps !== this.steps),
        this.evaluation(event),
      ];
      this.#nameNext();
    } else if (event.type === 'checkpoint-failed')
      this.note(
        `the checkpoint of step ${event.step + 1} could not be saved: ${event.error.message}`,
      );
    else if (event.type === 'resumed')
      this.note(`resumed at step ${event.step + 1} from ${event.path}`);
    else if (event.type === 'learning-rate') data.rangeTest = event;
    else if (event.type === 'early-stopping') this.note(earlyStoppingText(event));
    else if (event.type === 'exported') this.#exported(event);
    else if (event.type === 'checkpoint-saved') {
      if (event.problem !== undefined)
        this.note(
          `the checkpoint of step ${event.step + 1} is saved, but its links or the removal of ` +
            `older ones failed: ${event.problem.message}`,
        );
      data.nextCommand = resumeCommand(this.#facts.recipePath);
    } else if (event.type === 'saved') this.#saved(event);
    else if (event.type === 'finished' && data.saved.length === 0)
      this.#saved({ ...event, best: event.ending?.best ?? undefined });
  }

  /** The report's content as of now; `checkpoints` are those that the run folder holds. */
  data(
    checkpoints: readonly Pick<CheckpointEntry, 'step' | 'path'>[],
    { status, message }: Pick<ReportData, 'status' | 'message'>,
  ): ReportData {
    const { steps, validations } = this.#history;
    const { name, recipe } = this.#facts;
    const saved = [
      ...this.#data.saved,
      ...checkpoints.map(({ step, path }) => ({ what: nameOfStep(step), path })),
    ];
    return {
      ...this.#data,
      saved,
      name,
      recipe,
      startedAt: this.#startedAt,
      status,
      message,
      updatedAt: new Date(),
      steps,
      validations,
      stepSeconds: medianSeconds(steps),
    };
  }

  /** An evaluation as the report shows it. */
  evaluation(event: EvaluationEvent): ReportEvaluation {
    const { total, correct, exactMatch, scores, samples, confusion } = event;
    return { steps: this.steps, total, correct, exactMatch, scores, samples, confusion };
  }

  #dataset({ name, file, report }: DatasetEvent): void {
    const { samples, tokens, trainedTokens, mixture = [] } = report;
    this.#data.datasets = [
      ...this.#data.datasets,
      { name, file, rows: samples, tokens, trainedTokens },
    ];
    for (const share of mixture)
      this.note(
        `${name}: ${share.taken} of ${samples} samples from ` +
          `${share.file}${share.repeated === 0 ? '' : `, ${share.repeated} of them repeated`}`,
      );
  }

  #saved(result: Omit<SavedEvent, 'type' | 'files'>): void {
    const { directory, base, metrics, recipe, best } = result;
    this.#result = result;
    if (best !== undefined)
      this.note(
        `the result is step ${best.step + 1}, which has the lowest validation loss: ` +
          best.loss.toPrecision(4),
      );
    this.#data.saved = [
      { what: base === undefined ? 'model' : 'adapter', path: directory },
      { what: 'metrics', path: metrics },
      { what: 'recipe', path: recipe },
    ];
    this.#nameNext();
  }

  /** The command to type next, once there is a result: it asks it a question that it was asked. */
  #nameNext(): void {
    if (this.#result === undefined) return;
    const asked = this.#data.evaluations.at(-1)?.samples[0]?.prompt;
    const { prompt, raw } = asked === undefined ? this.#example : { prompt: asked, raw: false };
    this.#data.nextCommand = generateCommand(this.#result, prompt, raw);
  }

  #exported({ to, result }: ExportedEvent): void {
    this.#data.saved = [...this.#data.saved, { what: `export to ${to}`, path: result.path }];
    this.#data.nextCommand = [this.#data.nextCommand, result.command]
      .filter((command) => command !== undefined)
      .join('\n');
    result.notes.forEach((text) => this.note(text));
  }
}
