// The folder of a run, going on or ended, as what its report shows: read again from the files that
// the run writes, only as far as they have grown.
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { AutomodelError } from '@automodel/core';
import type { ReportData } from '@automodel/report';
import { OutputFolder } from '../folder/output-folder.js';
import { readAnswers } from '../observe/answers-file.js';
import { addMetricsLine, medianSeconds, type MetricsHistory } from '../observe/metrics-history.js';
import { readReportFacts, type ReportFacts } from '../observe/report-facts.js';
import { GrowingFile } from './growing-file.js';

export class RunFolderReader {
  readonly #folder: OutputFolder;
  readonly #metrics: GrowingFile;
  #history: MetricsHistory = { steps: [], validations: [] };
  /** One reading at a time: the metrics are read piece by piece. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(folder: OutputFolder) {
    this.#folder = folder;
    this.#metrics = new GrowingFile(folder.metricsPath);
  }

  /** Errors: `missing-file` if the folder is not there or is not that of a run. */
  static async open(path: string): Promise<RunFolderReader> {
    const folder = new OutputFolder(path);
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    const { metricsPath, recipePath, factsPath } = folder;
    const found = await Promise.all(
      [metricsPath, recipePath, factsPath].map((file) =>
        stat(file).then(
          () => true,
          () => false,
        ),
      ),
    );
    if (!isFolder || !found.includes(true))
      throw new AutomodelError(
        'missing-file',
        isFolder ? 'is not the folder of a run' : 'there is no such folder',
        { location: path, hint: 'name the output folder of finetune: checkpoint.checkpoint_dir' },
      );
    return new RunFolderReader(folder);
  }

  /** What the report of the run shows now. Errors: those of the file system. */
  read(): Promise<ReportData> {
    const reading = this.#last.then(() => this.#read());
    this.#last = reading.catch(() => undefined);
    return reading;
  }

  async #read(): Promise<ReportData> {
    const { lines, anew } = await this.#metrics.news();
    if (anew) this.#history = { steps: [], validations: [] };
    for (const line of lines) addMetricsLine(this.#history, line);
    const { steps, validations } = this.#history;
    const done = (steps.at(-1)?.step ?? -1) + 1;
    const facts = await this.#facts();
    return {
      ...facts,
      trainingSeconds:
        facts.trainingSeconds ?? steps.reduce((sum, { seconds }) => sum + seconds, 0),
      steps: [...steps],
      validations: [...validations],
      evaluations: await readAnswers(this.#folder.answersPath, done),
      stepSeconds: medianSeconds(steps),
    };
  }

  async #facts(): Promise<ReportFacts> {
    const { path, recipePath, factsPath } = this.#folder;
    const written =
      (await readReportFacts(factsPath)) ?? (await factsOfBareFolder(path, recipePath));
    if (written.status !== 'running') return written;
    if (await this.#isWrittenTo()) return { ...written, updatedAt: new Date() };
    return { ...written, status: 'stopped', message: 'the process of this run has ended' };
  }

  async #isWrittenTo(): Promise<boolean> {
    return this.#folder.checkFree().then(
      () => false,
      (error: unknown) => error instanceof AutomodelError && error.code === 'conflict',
    );
  }
}

/** Before the run has written what its report shows. */
async function factsOfBareFolder(path: string, recipePath: string): Promise<ReportFacts> {
  const { birthtime, mtime } = await stat(path);
  return {
    name: basename(path),
    status: 'running',
    startedAt: birthtime,
    updatedAt: mtime,
    totalSteps: 0,
    stepsPerEpoch: 0,
    model: undefined,
    datasets: [],
    plan: undefined,
    recipe: await readFile(recipePath, 'utf8').catch(() => ''),
    environment: {},
    notes: [],
    saved: [],
    nextCommand: undefined,
  };
}
