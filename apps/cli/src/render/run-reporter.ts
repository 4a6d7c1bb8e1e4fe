// Turns the events of a run into what a person reads: progress on stderr while it runs, results on
// stdout when it ends.
import { locationOf, type DatasetProgress } from '@automodel/data';
import type {
  DatasetEvent,
  EvaluationEvent,
  EvaluationProgressEvent,
  ExportedEvent,
  ModelEvent,
  RunEvent,
  SavedEvent,
} from '@automodel/run';
import type { DoneEvent, PlanEvent, StepEvent, ValidationEvent } from '@automodel/train';
import { ProgressLine } from '../terminal/progress-line.js';
import type { Streams } from '../terminal/streams.js';
import { style, type Style } from '../terminal/style.js';
import { renderLabelMask } from './label-mask.js';
import { renderPlan } from './plan-table.js';
import { downloadProgress } from './download-progress.js';
import { formatCount, formatDuration } from './units.js';

/** Of a long preview so many characters are shown. */
const PREVIEW_LENGTH = 1200;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** What is known of a run when it has ended, for `--json`. */
export interface RunSummary {
  done?: DoneEvent;
  saved?: SavedEvent;
  exported?: ExportedEvent;
  /** The last checkpoint that this run wrote. */
  stoppedAt?: string;
  /** The checkpoint it went on from. */
  resumedFrom?: string;
  /** report.html. */
  report?: string;
  readonly validation: Map<string, ValidationEvent>;
  readonly evaluation: Map<'before' | 'after', EvaluationEvent>;
}

export class RunReporter {
  readonly summary: RunSummary = { validation: new Map(), evaluation: new Map() };
  readonly #streams: Streams;
  readonly #style: Style;
  readonly #progress: ProgressLine;
  readonly #download: ReturnType<typeof downloadProgress>;
  #trainingSeconds = 0;

  constructor(streams: Streams) {
    this.#streams = streams;
    this.#style = style(streams.color);
    this.#progress = new ProgressLine(streams.err);
    this.#download = downloadProgress(this.#progress);
  }

  handle(event: RunEvent): void {
    switch (event.type) {
      case 'download':
        return this.#download(event);
      case 'hub-note':
        return this.#line(`note: ${event.text}`);
      case 'notes':
        return event.notes.forEach(({ key, because }) =>
          this.#line(`note: ${key} has no effect: ${because}`),
        );
      case 'model': {
        this.#line(
          `${this.#style.bold('model')} ${event.modelType}, ${formatCount(event.parameters)} ` +
            `parameters, ${event.precision}${event.fromScratch ? ', random weights' : ''} ` +
            `(${event.path})`,
        );
        if (event.adapter !== undefined) this.#line(adapterLine(event.adapter, event.parameters));
        return event.notes.forEach((text) => this.#line(`note: ${text}`));
      }
      case 'dataset':
        return this.#dataset(event);
      case 'preview':
        return this.#preview(event.examples);
      case 'plan':
        return this.#plan(event);
      case 'step':
        return this.#step(event);
      case 'validation':
        return this.#validation(event);
      case 'evaluation-progress':
        return this.#progress.update(this.#evaluationLine(event));
      case 'evaluation':
        return this.#evaluation(event);
      case 'checkpoint-saved': {
        this.summary.stoppedAt = event.path;
        if (event.problem !== undefined)
          this.#line(
            this.#style.yellow(
              `note: the checkpoint of step ${event.step + 1} is saved, but its links or the ` +
                `removal of older ones failed: ${event.problem.message}`,
            ),
          );
        return this.#line(
          'saved ' +
            `${event.path}${event.waitSeconds < 0.05 ? '' : ` (training waited ${formatDuration(event.waitSeconds)})`}`,
        );
      }
      case 'checkpoint-failed':
        return this.#line(
          `note: the checkpoint of step ${event.step + 1} could not be saved, training goes on: ` +
            `${event.error.message}`,
        );
      case 'resumed': {
        this.summary.resumedFrom = event.path;
        return this.#line(
          `resuming at step ${event.step + 1} from ` +
            `${event.path}${event.numericsChanged ? ' (saved on another kind of machine or by another version: the numbers will not ' + 'be the same to the last bit)' : ''}`,
        );
      }
      case 'tracker':
        return this.#line(
          event.problem === undefined
            ? `${event.name}: ${event.location!}`
            : this.#style.yellow(`note: ${event.name} ${event.problem}`),
        );
      case 'report': {
        this.summary.report = event.path;
        return;
      }
      case 'saved': {
        this.summary.saved = event;
        return;
      }
      case 'exported': {
        this.summary.exported = event;
        return event.result.notes.forEach((text) => this.#line(`note: ${text}`));
      }
      case 'done': {
        this.#progress.finish();
        this.summary.done = event;
      }
    }
  }

  /** Shows how far a data file is read. */
  loading({ rows, bytesRead, totalBytes }: DatasetProgress): void {
    // a log says next what was read, or what is wrong with it
    if (bytesRead >= totalBytes && !this.#streams.err.isTerminal) return;
    this.#progress.update(
      `reading data: ${formatCount(rows)} rows, ` +
        `${Math.round((100 * bytesRead) / Math.max(1, totalBytes))} %`,
    );
  }

  /** Ends the live line, so that an error does not write over it. */
  finish(): void {
    this.#progress.finish();
  }

  #line(text: string): void {
    this.#progress.print(text);
  }

  #dataset({ name, file, report }: DatasetEvent): void {
    const left =
      [
        [report.dropped.count, 'dropped'],
        [report.truncated.count, 'truncated'],
        [report.split.count, 'split'],
      ]
        .flatMap(([count, what]) => (count === 0 ? [] : [`, ${count} ${what}`]))
        .join('') + (report.fromCache ? ', from the cache' : '');
    for (const note of report.notes) this.#line(this.#style.yellow(`note: ${note}`));
    this.#line(
      `${this.#style.bold(name === 'train' ? 'data' : 'validation')} ${report.samples} rows, ` +
        `${formatCount(report.tokens)} tokens, ${formatCount(report.trainedTokens)} of them ` +
        `trained, longest ${report.longest}${left} (${file})`,
    );
    for (const { file: from, taken, repeated } of report.mixture ?? [])
      this.#line(
        `  ${formatCount(taken)} (${((100 * taken) / report.samples).toFixed(1)} %) from ` +
          `${from}${repeated === 0 ? '' : `, ${formatCount(repeated)} of them repeated`}`,
      );
    const first = report.withoutEndOfTurn.first[0];
    if (first !== undefined)
      this.#line(
        this.#style.yellow(
          `warning: ${report.withoutEndOfTurn.count} rows do not train the end of the turn; the ` +
            `model may not learn to stop (first: ${locationOf(first)})`,
        ),
      );
  }

  #preview(examples: (RunEvent & { readonly type: 'preview' })['examples']): void {
    for (const { source, pieces } of examples) {
      this.#line(
        `${this.#style.bold('label mask')} of ${locationOf(source)} ` +
          `(${this.#streams.color ? `${this.#style.green('green')}` : '⟦marked⟧'} is trained):`,
      );
      const text = renderLabelMask(pieces, this.#style, this.#streams.color);
      this.#line(
        text.length > PREVIEW_LENGTH && !this.#streams.color
          ? `${text.slice(0, PREVIEW_LENGTH)}...`
          : text,
      );
    }
  }

  #plan({ report, totalSteps, stepsPerEpoch }: PlanEvent): void {
    for (const line of renderPlan(report, this.#style)) this.#line(line);
    this.#line(`  ${totalSteps} steps, ${stepsPerEpoch} an epoch`);
  }

  #step(event: StepEvent): void {
    this.#trainingSeconds += event.seconds;
    const done = event.step + 1;
    const left = (this.#trainingSeconds / done) * (event.totalSteps - done);
    this.#progress.update(
      `step ${done}/${event.totalSteps}  loss ${event.loss.toFixed(4)}  lr ` +
        `${event.learningRate.toExponential(2)}  grad norm ${event.gradientNorm.toFixed(3)}  ` +
        `${formatCount(event.tokensPerSecond)} tokens/s  ${formatDuration(left)} left`,
    );
  }

  #validation(event: ValidationEvent): void {
    this.summary.validation.set(event.name, event);
    this.#line(
      `${this.#style.bold('validation')}${event.name === 'default' ? '' : ` ${event.name}`} ` +
        `after step ${event.step + 1}: loss ${event.loss.toFixed(4)}, perplexity ` +
        `${Math.exp(event.loss).toFixed(2)}`,
    );
  }

  #evaluationLine({ when, done, total, correct }: EvaluationProgressEvent): string {
    return `exact match ${when} training: ${correct} of ${done} right (${done}/${total})`;
  }

  #evaluation(event: EvaluationEvent): void {
    const { when } = event;
    if (when === 'during') return;
    this.summary.evaluation.set(when, event);
    this.#line(
      `${this.#style.bold('exact match')} ${event.when} training: ` +
        `${event.exactMatch === undefined ? 'not asked for' : `${percent(event.exactMatch)} (${event.correct} of ${event.total})`}`,
    );
  }
}

/** `lora on 8 modules (q_proj, v_proj), 12.3k parameters trained, 0.4 % of the model's`. */
function adapterLine(
  { name, modules, parameters }: NonNullable<ModelEvent['adapter']>,
  below: number,
): string {
  const kinds = [...new Set(modules.map((module) => module.slice(module.lastIndexOf('.') + 1)))];
  return (
    `${name} on ${modules.length} modules (${kinds.join(', ')}), ${formatCount(parameters)} ` +
    'parameters trained, ' +
    `${((100 * parameters) / below).toFixed(parameters < 0.1 * below ? 2 : 0)} % of the model's`
  );
}
