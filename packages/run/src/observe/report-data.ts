// Collects what a run's report shows from its events.
import type { CheckpointEntry } from '@automodel/checkpoint';
import type { ReportData, ReportEvaluation, ReportPlan } from '@automodel/report';
import type { EarlyStoppingEvent, PlanReport } from '@automodel/train';
import { GREETING, type ExamplePrompt } from './example-prompt.js';
import { generateCommand, resumeCommand } from './next-command.js';
import type {
  DatasetEvent,
  EvaluationEvent,
  ExportedEvent,
  ModelEvent,
  RunEvent,
} from '../events/run-events.js';
import type { MetricsHistory } from './metrics-history.js';

/** Why training ended before its last step. */
export const earlyStoppingText = ({
  step,
  name,
  waited,
  bestStep,
  bestLoss,
  stepsLeft,
}: EarlyStoppingEvent): string =>
  `training ended early, after step ${step + 1}: ${waited} validations` +
  `${name === 'default' ? '' : ` of ${name}`} in a row were not below the ` +
  `${bestLoss.toPrecision(4)} of step ${bestStep + 1}; ${stepsLeft} steps of the schedule were ` +
  'not run';

export interface CollectedRun {
  readonly name: string;
  /** YAML, secrets hidden. */
  readonly recipe: string;
  readonly recipePath: string;
  readonly startedAt: Date;
}

/** The middle one of the wall times of the steps; undefined: there are none. */
export const medianSeconds = (steps: readonly { readonly seconds: number }[]): number | undefined =>
  steps.map(({ seconds }) => seconds).sort((a, b) => a - b)[Math.floor(steps.length / 2)];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Labels of the parts of planned memory, in the order of a plan. */
const MEMORY = {
  parameters: 'weights',
  gradients: 'gradients',
  optimizer: 'optimizer states',
  otherStates: 'other states',
  activations: 'activations',
  workspace: 'workspace',
  constants: 'constants',
  batch: 'batch',
  overhead: 'threads',
  checkpoint: 'copies for checkpoints',
  baseline: 'the process itself',
} as const satisfies Partial<Record<keyof PlanReport['memory'], string>>;

const planOf = ({ memory, programs }: PlanReport, microBatches: number): ReportPlan => ({
  peakBytes: memory.peak,
  memory: Object.entries(MEMORY).map(([part, label]) => ({
    label,
    bytes: memory[part as keyof typeof MEMORY],
  })),
  stepSeconds: programs.reduce(
    (sum, { name, seconds }) => sum + seconds * (name === 'micro' ? microBatches : 1),
    0,
  ),
});

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

  constructor(facts: CollectedRun) {
    this.#facts = facts;
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

  note(text: string): void {
    this.#data.notes = [...this.#data.notes, text];
  }

  handle(event: RunEvent): void {
    const data = this.#data;
    if (event.type === 'notes')
      event.notes.forEach(({ key, because }) => this.note(`${key} has no effect: ${because}`));
    else if (event.type === 'model') this.#model(event);
    else if (event.type === 'dataset') this.#dataset(event);
    else if (event.type === 'plan')
      [data.totalSteps, data.stepsPerEpoch] = [event.totalSteps, event.stepsPerEpoch];
    else if (event.type === 'step') {
      this.#history.steps.push(event);
      data.trainingSeconds = (data.trainingSeconds ?? 0) + event.seconds;
    } else if (event.type === 'done') data.trainingSeconds = event.seconds;
    else if (event.type === 'validation') this.#history.validations.push(event);
    else if (event.type === 'evaluation')
      data.evaluations = [...data.evaluations, this.evaluation(event)];
    else if (event.type === 'checkpoint-failed')
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
    } else if (event.type === 'saved') {
      const { directory, base, metrics, recipe, best } = event;
      if (best !== undefined)
        this.note(
          `the result is step ${best.step + 1}, which has the lowest validation loss: ` +
            best.loss.toPrecision(4),
        );
      data.saved = [
        { what: base === undefined ? 'model' : 'adapter', path: directory },
        { what: 'metrics', path: metrics },
        { what: 'recipe', path: recipe },
      ];
      const asked = data.evaluations.at(-1)?.samples[0]?.prompt;
      const { prompt, raw } = asked === undefined ? this.#example : { prompt: asked, raw: false };
      data.nextCommand = generateCommand(event, prompt, raw);
    }
  }

  /** The report's content as of now; `checkpoints` are those that the run folder holds. */
  data(
    checkpoints: readonly Pick<CheckpointEntry, 'step' | 'path'>[],
    { status, message }: Pick<ReportData, 'status' | 'message'>,
  ): ReportData {
    const { steps, validations } = this.#history;
    const { name, recipe, startedAt } = this.#facts;
    const saved = [
      ...this.#data.saved,
      ...checkpoints.map(({ step, path }) => ({ what: `step ${step + 1}`, path })),
    ];
    return {
      ...this.#data,
      saved,
      name,
      recipe,
      startedAt,
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

  #exported({ to, result }: ExportedEvent): void {
    this.#data.saved = [...this.#data.saved, { what: `export to ${to}`, path: result.path }];
    this.#data.nextCommand = [this.#data.nextCommand, result.command]
      .filter((command) => command !== undefined)
      .join('\n');
    result.notes.forEach((text) => this.note(text));
  }

  #model({
    modelType: type,
    path,
    parameters,
    precision,
    fromScratch,
    adapter,
    notes,
  }: ModelEvent): void {
    this.#data.model = {
      type,
      path,
      parameters,
      precision,
      fromScratch,
      adapter: adapter && {
        name: adapter.name,
        modules: adapter.modules.length,
        parameters: adapter.parameters,
      },
    };
    notes.forEach((text) => this.note(text));
  }
}
