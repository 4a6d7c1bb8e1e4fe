// One run of a recipe, from opening the model to the saved folder, as a sequence of events. It
// writes only into its output folder and says everything else through events.
import { previewLabels } from '@automodel/data';
import { sizeOf, type Shape } from '@automodel/core';
import {
  MetricsFile,
  restoreTraining,
  train,
  validationData,
  type CheckpointContext,
  type PendingCheckpoint,
  type TrainOptions,
  type ValidationData,
} from '@automodel/train';
import { parameterRecords, type ModelSession } from '@automodel/session';
import { dataFile } from '../open/open-section.js';
import { checkBeforeData } from '../check/check-before-data.js';
import { checkRun } from '../check/check-run.js';
import type { Finding } from '../check/finding.js';
import type { RunContainer, Token } from '../open/run-container.js';
import { PARTS } from '../open/tokens.js';
import { loaderOf } from '../open/loader-of.js';
import { observed } from '../observe/observed-run.js';
import { evaluate, openEvaluation, sampleAnswers } from './evaluate.js';
import { checkExport, exported } from './export.js';
import type {
  DatasetEvent,
  ModelEvent,
  PreviewEvent,
  RunEvent,
  SavedEvent,
} from '../events/run-events.js';
import { planRecipe, type PlanSizes, type RunPlan } from '../check/plan-recipe.js';
import { restoreData } from '../checkpoints/restore-data.js';
import {
  checkpointTensors,
  checkStepsLeft,
  resumePoint,
  type ResumePoint,
} from '../checkpoints/resume-point.js';
import { RunCheckpoints } from '../checkpoints/run-checkpoints.js';
import { checkIdentity, runIdentity } from '../checkpoints/run-identity.js';
import { optimizerOf, scheduleOf, stepSchedulerOf } from '../open/training-settings.js';

/** Rows whose label masks are shown before training; of a mixture one of each data set. */
const PREVIEWED = 2;

export class Run implements AsyncDisposable {
  readonly #parts: RunContainer;

  constructor(parts: RunContainer) {
    this.#parts = parts;
  }

  /** A part of the run, made now if it was not yet. */
  get<T>(token: Token<T>): T {
    return this.#parts.get(token);
  }

  /**
   * Trains as the recipe says, with a report in the run's folder and the trackers that it names.
   * `signal` ends the run after the step in progress; what was trained so far is then a checkpoint;
   * a run that is stopped in its last step has its result, unevaluated and unexported.
   * Errors: everything wrong with model, data and recipe comes before the first step.
   */
  events(signal?: AbortSignal): AsyncGenerator<RunEvent, void, undefined> {
    return observed(this.#parts, this.#parts.get(PARTS.downloads).among(this.#events(signal)));
  }

  async *#events(signal: AbortSignal | undefined): AsyncGenerator<RunEvent, void, undefined> {
    const parts = this.#parts;
    const { recipe, notes, source } = parts.get(PARTS.recipe);
    const output = parts.get(PARTS.output);
    await output.completeResult();
    const point = await resumePoint(
      output,
      recipe.checkpoint.restore_from,
      parts.get(PARTS.workingDirectory),
    );
    if (notes.length > 0) yield { type: 'notes', notes };
    await checkExport(parts);
    const model = await parts.get(PARTS.model);
    await checkBeforeData(parts);
    yield* this.#data();
    if (point !== undefined) await this.#resume(point);
    const evaluation = await openEvaluation(parts, signal);
    const session = await parts.get(PARTS.session);
    const startsOver = point === undefined && (await output.checkEmpty()).startsOver;
    yield await this.#modelEvent(
      session,
      model.modelType,
      startsOver
        ? [
            'the folder holds a run that was stopped before its first checkpoint: it is started ' +
              'over',
          ]
        : [],
    );
    const settings = await this.#settings(session);
    if (point !== undefined) checkStepsLeft(point, settings.scheduler.totalSteps);
    await output.begin(source, point?.ownFolder === true);
    await using metrics = await MetricsFile.open(
      output.metricsPath,
      point?.ownFolder === true ? point.state.metricsBytes : undefined,
    );
    const saved: { event?: SavedEvent } = {};
    const checkpoints = new RunCheckpoints({
      parts,
      session,
      metrics,
      lowestValidation: point?.ownFolder === true ? point.state.lowestValidation : null,
    });
    const saveCheckpoint = (context: CheckpointContext) => this.#save(checkpoints, context, saved);
    const training = train({
      ...settings,
      ...(point === undefined ? {} : await this.#continued(point, session)),
      metrics,
      signal,
      saveCheckpoint,
    });
    if (point !== undefined)
      yield {
        type: 'resumed',
        path: point.path,
        step: point.state.nextStep,
        numericsChanged: point.state.numerics !== session.backend.numericsKey,
      };
    const plan = await training.next();
    if (plan.done !== true) yield plan.value;
    if (
      evaluation !== undefined &&
      recipe.evaluation?.before_training === true &&
      point === undefined
    )
      yield* evaluate(parts, session, evaluation, 'before');
    for await (const event of training) {
      if (
        event.type === 'done' &&
        event.reason === 'finished' &&
        signal?.aborted !== true &&
        evaluation !== undefined &&
        recipe.evaluation?.after_training === true
      )
        yield* evaluate(parts, session, evaluation, 'after');
      if (event.type === 'done' && saved.event !== undefined) {
        yield saved.event;
        if (signal?.aborted !== true) {
          await session.close(); // exporting opens the saved model: never two in memory
          yield* exported(parts, saved.event);
        }
      }
      if (
        event.type === 'validation' &&
        point?.ownFolder === true &&
        event.step < point.state.nextStep
      )
        await checkpoints.validatedLate(event);
      yield event;
      if (
        evaluation !== undefined &&
        signal?.aborted !== true &&
        this.#samplesAfter(event, settings)
      )
        yield* sampleAnswers(parts, session, evaluation);
    }
  }

  /**
   * Whether sample answers follow an event: the last set of a validation, unless the run's own
   * evaluation comes next.
   */
  #samplesAfter(event: RunEvent, { validation, scheduler }: TrainOptions): boolean {
    const { evaluation } = this.#parts.get(PARTS.recipe).recipe;
    if (
      event.type !== 'validation' ||
      evaluation?.during_training !== true ||
      event.name !== [...(validation?.keys() ?? [])].at(-1)
    )
      return false;
    return !(evaluation.after_training && scheduler.isLast(event.step));
  }

  /** What the run will take. Reads the data unless `sizes` are given; loads no weights. */
  plan(sizes?: PlanSizes): Promise<RunPlan> {
    return planRecipe(this.#parts, sizes);
  }

  /** What can be found out before it starts, check by check. Loads no weights, writes nothing. */
  check(): AsyncGenerator<Finding, void, undefined> {
    return checkRun(this.#parts);
  }

  /** Frees memory, threads and files. */
  close(): Promise<void> {
    return this.#parts.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *#data(): AsyncGenerator<DatasetEvent | PreviewEvent, void, undefined> {
    const parts = this.#parts;
    const { recipe } = parts.get(PARTS.recipe);
    const workingDirectory = parts.get(PARTS.workingDirectory);
    const training = await parts.get(PARTS.trainingData);
    // rows that fit into no pack are refused before anything is shown
    await parts.get(PARTS.trainingLoader);
    yield {
      type: 'dataset',
      name: 'train',
      file: dataFile(recipe.dataset, workingDirectory),
      report: training.report,
    };
    for (const [name, { report }] of await parts.get(PARTS.validationData))
      yield {
        type: 'dataset',
        name,
        file: dataFile(recipe.validation_datasets[name]!, workingDirectory),
        report,
      };
    const tokenizer = await parts.get(PARTS.tokenizer);
    const shown =
      training.members?.flatMap(({ samples }) => samples.slice(0, 1)) ??
      training.samples.slice(0, PREVIEWED);
    yield {
      type: 'preview',
      examples: shown.map((sample) => ({
        source: sample.source,
        pieces: previewLabels(tokenizer, sample),
      })),
    };
  }

  async #modelEvent(
    session: ModelSession,
    modelType: string,
    notes: readonly string[],
  ): Promise<ModelEvent> {
    const { folder, fromScratch } = await this.#parts.get(PARTS.modelFolder);
    const own = await this.#parts.get(PARTS.adapter);
    const count = (parameters: readonly { readonly shape: Shape }[]): number =>
      parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const { all } = session.parameters;
    const adapter =
      own === undefined
        ? undefined
        : {
            name: own.adapter.name,
            modules: own.adapter.modules.map(({ name }) => name),
            parameters: count(all.filter(({ name }) => own.adapter.owns(name))),
          };
    // a quantised base holds packed words in their place
    const parameters = own === undefined ? count(all) : count(parameterRecords(session.model));
    return {
      type: 'model',
      modelType,
      path: folder.path,
      fromScratch,
      parameters,
      adapter,
      precision: session.precision,
      notes: [...session.notes, ...this.#batchNotes(session), ...notes],
    };
  }

  /** Settings that a recorded graph replaces by its own. */
  #batchNotes({ model }: ModelSession): string[] {
    const { local_batch_size: local } = this.#parts.get(PARTS.recipe).recipe.step_scheduler;
    const { rectangle } = model.batch;
    return rectangle !== undefined && local !== rectangle.rows
      ? [
          `local_batch_size ${local} has no effect: the graph was recorded for ${rectangle.rows} ` +
            'rows, and that many are in a micro-batch; incomplete ones are filled with empty rows.',
        ]
      : [];
  }

  /** Everything the loop needs that the recipe decides. */
  async #settings(session: ModelSession): Promise<TrainOptions> {
    const parts = this.#parts;
    const { recipe } = parts.get(PARTS.recipe);
    const data = await parts.get(PARTS.trainingLoader);
    const scheduler = stepSchedulerOf(recipe, data.batchesPerEpoch);
    const validation = new Map<string, ValidationData>();
    for (const [name, dataset] of await parts.get(PARTS.validationData))
      validation.set(name, validationData(loaderOf(session.model, dataset, recipe, false)));
    return {
      session,
      data,
      scheduler,
      seed: recipe.seed,
      schedule: scheduleOf(recipe, scheduler.totalSteps),
      optimizer: optimizerOf(recipe),
      maxNorm: recipe.clip_grad_norm.max_norm ?? Infinity,
      loss: parts.get(PARTS.loss),
      validation,
    };
  }

  /**
   * The data stands where the checkpoint was made. Errors: `conflict` naming what has changed
   * since.
   */
  async #resume({ path, state }: ResumePoint): Promise<void> {
    checkIdentity(state.identity, await runIdentity(this.#parts), path);
    restoreData(await this.#parts.get(PARTS.trainingLoader), state.data, path);
  }

  /** What the loop needs to go on from a checkpoint. */
  async #continued(
    point: ResumePoint,
    session: ModelSession,
  ): Promise<Pick<TrainOptions, 'firstStep' | 'due' | 'restore'>> {
    const tensors = await checkpointTensors(point, session, await this.#parts.get(PARTS.adapter));
    const { nextStep, epoch, validationsDue: names = [] } = point.state;
    return {
      firstStep: nextStep,
      due: { step: nextStep - 1, epoch, names },
      restore: (training) => restoreTraining(session, training, tensors),
    };
  }

  /**
   * The final model goes into the output folder itself; checkpoints, from which the run can go on,
   * into folders of their own below it.
   */
  async #save(
    checkpoints: RunCheckpoints,
    context: CheckpointContext,
    saved: { event?: SavedEvent },
  ): Promise<PendingCheckpoint | undefined> {
    const output = this.#parts.get(PARTS.output);
    if (!this.#parts.get(PARTS.recipe).recipe.checkpoint.enabled) return undefined;
    if (!context.result) return checkpoints.save(context);
    const base =
      (await this.#parts.get(PARTS.adapter)) === undefined
        ? undefined
        : (await this.#parts.get(PARTS.modelFolder)).folder.path;
    return checkpoints.saveResult(
      context,
      (files) =>
        void (saved.event = {
          type: 'saved',
          directory: output.path,
          base,
          files,
          metrics: output.metricsPath,
          recipe: output.recipePath,
        }),
    );
  }
}
