// Turns the events of a run into what a person reads: progress on stderr while it runs, results on
// stdout when it ends.
import type { DatasetProgress } from '@automodel/data';
import type { EvaluationProgressEvent, RunEvent } from '@automodel/run';
import type { StepEvent } from '@automodel/train';
import { ProgressLine } from '../terminal/progress-line.js';
import type { Streams } from '../terminal/streams.js';
import type { AsWritten } from './as-written.js';
import { downloadProgress } from './download-progress.js';
import { runLines } from './run-lines.js';
import { remember, type RunSummary } from './run-summary.js';
import { formatCount, formatDuration } from './units.js';

export class RunPrinter {
  readonly summary: RunSummary = { validation: new Map(), evaluation: new Map() };
  readonly #streams: Streams;
  readonly #progress: ProgressLine;
  readonly #download: ReturnType<typeof downloadProgress>;
  readonly #shown: AsWritten;
  #trainingSeconds = 0;

  /** `shown`: paths as the user wrote them. */
  constructor(streams: Streams, shown: AsWritten = (text) => text) {
    this.#streams = streams;
    this.#shown = shown;
    this.#progress = new ProgressLine(streams.err);
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

  /** Shows how far a data file is read. */
  loading({ rows, bytesRead, totalBytes }: DatasetProgress): void {
    // a log says next what was read, or what is wrong with it
    if (bytesRead >= totalBytes && !this.#streams.err.isTerminal) return;
    const share = Math.round((100 * bytesRead) / Math.max(1, totalBytes));
    this.#progress.update(`reading data: ${formatCount(rows)} rows, ${share} %`);
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
    this.#trainingSeconds += event.seconds;
    const done = event.step + 1;
    const left = (this.#trainingSeconds / done) * (event.totalSteps - done);
    const parts = [
      `step ${done}/${event.totalSteps}`,
      `loss ${event.loss.toFixed(4)}`,
      `lr ${event.learningRate.toExponential(2)}`,
      `grad norm ${event.gradientNorm.toFixed(3)}`,
      `${formatCount(event.tokensPerSecond)} tokens/s`,
      `${formatDuration(left)} left`,
    ];
    this.#progress.update(parts.join('  '));
  }

  #evaluating({ when, done, total, correct }: EvaluationProgressEvent): void {
    this.#progress.update(
      `exact match ${when} training: ${correct} of ${done} right (${done}/${total})`,
    );
  }
}
