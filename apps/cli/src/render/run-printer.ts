// Turns the events of a run into what a person reads: progress on stderr while it runs, results on
// stdout when it ends.
import type { DatasetProgress } from '@automodel/data';
import type { EvaluationProgressEvent, RunEvent } from '@automodel/run';
import type { StepEvent } from '@automodel/train';
import { progressOf, type ProgressLine } from '../terminal/progress-line.js';
import type { Streams } from '../terminal/streams.js';
import type { AsWritten } from './as-written.js';
import { downloadProgress } from './download-progress.js';
import { runLines } from './run-lines.js';
import { remember, type RunSummary } from './run-summary.js';
import { Pace } from './pace.js';
import { sentence } from './sentence.js';
import { formatAbout, formatCount } from './units.js';

export class RunPrinter {
  readonly summary: RunSummary = { validation: new Map(), evaluation: new Map() };
  readonly #streams: Streams;
  readonly #progress: ProgressLine;
  readonly #download: ReturnType<typeof downloadProgress>;
  readonly #shown: AsWritten;
  readonly #pace = new Pace();

  /** `shown`: paths as the user wrote them. */
  constructor(streams: Streams, shown: AsWritten = (text) => text) {
    this.#streams = streams;
    this.#shown = shown;
    this.#progress = progressOf(streams);
    this.#download = downloadProgress(this.#progress);
  }

  handle(event: RunEvent): void {
    remember(this.summary, event);
    switch (event.type) {
      case 'download':
        return this.#download(event);
      case 'step':
        return this.#step(event);
      case 'evaluation-progress':
        return this.#evaluating(event);
      case 'done':
        return this.#progress.finish();
      default:
        for (const line of runLines(event, this.#streams.color))
          this.#progress.print(this.#shown(line));
    }
  }

  /** Says what goes on from now. */
  phase(text: string): void {
    this.#progress.begin(text);
  }

  /** Shows how far a data file is read. */
  loading({ rows, bytesRead, totalBytes }: DatasetProgress): void {
    // a log says next what was read, or what is wrong with it
    if (bytesRead >= totalBytes && !this.#streams.err.isRedrawn) return;
    const share = bytesRead / Math.max(1, totalBytes);
    this.#progress.update(
      { share, parts: [`${formatCount(rows)} rows`, 'reading the data'] },
      true,
    );
  }

  /** Writes a line that is no event. */
  print(line: string): void {
    this.#progress.print(line);
  }

  /** Ends the live line, so that an error does not write over it. */
  finish(): void {
    this.#progress.finish();
  }

  #step(event: StepEvent): void {
    const done = event.step + 1;
    const seconds = this.#pace.left(event);
    const left = seconds === undefined ? undefined : `${formatAbout(seconds)} left`;
    const share = done / event.totalSteps;
    const speed = `${formatCount(event.tokensPerSecond)} tokens/s`;
    this.#progress.update({
      share,
      parts: [`${done}/${event.totalSteps}`, `loss ${shortLoss(event.loss)}`],
      left,
      extras: [speed, `lr ${event.learningRate.toExponential(1)}`],
      plain: sentence(
        [
          `${Math.floor(100 * share)} %`,
          `step ${done}/${event.totalSteps}`,
          `loss ${event.loss.toFixed(4)}`,
          left ?? '',
          speed,
          `lr ${event.learningRate.toExponential(2)}`,
          `grad norm ${event.gradientNorm.toFixed(3)}`,
        ],
        ' · ',
      ),
    });
  }

  #evaluating({ when, done, total, correct }: EvaluationProgressEvent): void {
    const model = when === 'before' ? 'untrained model' : 'trained model';
    this.#progress.update({
      share: done / total,
      parts: [`${done}/${total}`, `${correct} right`, model],
      plain: `measuring the ${model}: ${correct} of ${done} right (${done}/${total})`,
    });
  }
}

/** Two digits are enough to watch a loss. */
const shortLoss = (loss: number): string => (loss < 0.1 ? loss.toPrecision(2) : loss.toFixed(2));
