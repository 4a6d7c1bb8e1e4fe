// One run of the training loop: its steps, validations and saves in progress, and the numbers in
// its events.
import type { GlobalBatch } from '@automodel/data';
import type { PeakMemory } from '../metrics/peak-memory.js';
import { reportPrograms } from '../estimate/plan-report.js';
import { processBytes } from '../estimate/process-bytes.js';
import type { UpdateResult } from '../step/training-options.js';
import { TrainingStep } from '../step/training-step.js';
import { BackgroundSave } from './background-save.js';
import { runStep } from './run-step.js';
import { Stop } from './stop.js';
import type {
  DoneEvent,
  EarlyStoppingEvent,
  PlanEvent,
  StepEvent,
  TrainEvent,
  ValidationEvent,
} from '../events/train-events.js';
import type { DueValidations, TrainOptions } from './train-options.js';
import { validate } from './validate.js';

export class TrainingRun {
  readonly #options: TrainOptions;
  readonly #memory: PeakMemory;
  readonly training: TrainingStep;
  readonly stop: Stop;
  readonly #started = performance.now();
  #save: BackgroundSave | undefined;
  #steps = 0;
  #dataWait = 0;
  /** Seconds waited for checkpoints that are done. */
  #waited = 0;
  #loss: number | undefined;
  #endedEarly = false;

  constructor(options: TrainOptions, memory: PeakMemory) {
    this.#options = options;
    this.#memory = memory;
    this.training = new TrainingStep(options.session, options);
    this.stop = options.stop ?? new Stop();
  }

  /** Compiles what the run needs and reports what it will take. */
  async plan(): Promise<PlanEvent> {
    const { session, data, scheduler, onPhase } = this.#options;
    onPhase?.('compiling the training step');
    const report = reportPrograms(await this.training.programs(data.capacity), {
      device: session.backend.devices()[0]!,
      precision: session.precision,
      baselineBytes: processBytes(session.backend, session.parameters.bytes),
    });
    return {
      type: 'plan',
      report,
      totalSteps: scheduler.totalSteps,
      stepsPerEpoch: scheduler.stepsPerEpoch,
      processes: session.parallelism.mesh.size,
    };
  }

  async *step(step: number): AsyncGenerator<TrainEvent, void, undefined> {
    const { data, scheduler, metrics, validation } = this.#options;
    const started = performance.now();
    const batch = await data.next();
    const dataWaitSeconds = (performance.now() - started) / 1000;
    this.#dataWait += dataWaitSeconds;
    if (this.#save?.event !== undefined) yield* this.saved();
    const update = await runStep(this.training, batch, {
      ...this.#options,
      step,
      stop: this.stop,
      released: () => this.#save?.released(),
    });
    this.#steps++;
    this.#loss = update.loss;
    const event = this.#stepEvent(step, batch, update, {
      seconds: (performance.now() - started) / 1000,
      dataWaitSeconds,
    });
    await metrics?.write(event);
    yield event;
    const losses = new Map<string, number>();
    const names = scheduler.validatesAfter(step, batch.lastOfEpoch)
      ? [...(validation?.keys() ?? [])]
      : [];
    // which step is the result may depend on the last validation, and nothing comes after it
    const stop = scheduler.isLast(step) ? new Stop() : this.stop;
    yield* this.validated({ step, epoch: batch.epoch, names }, losses, stop);
    yield* this.#endEarly(step, batch.epoch);
    const stopped = this.stop.requested;
    if (!stopped && !this.endedEarly && !scheduler.savesAfter(step, batch.lastOfEpoch)) return;
    const validationsDue = names.filter((name) => !losses.has(name));
    yield* this.#saveStep({ step, epoch: batch.epoch }, losses, validationsDue);
  }

  /** Whether training has ended before its last step. */
  get endedEarly(): boolean {
    return this.#endedEarly;
  }

  /** Validations that a stop left out; if training should have ended there, it ends now. */
  async *validatedLate(due: DueValidations): AsyncGenerator<TrainEvent, void, undefined> {
    const losses = new Map<string, number>();
    yield* this.validated(due, losses);
    const { step, epoch } = due;
    yield* this.#endEarly(step, epoch);
    if (this.endedEarly) yield* this.#saveStep({ step, epoch }, losses, []);
  }

  async *#endEarly(
    step: number,
    epoch: number,
  ): AsyncGenerator<EarlyStoppingEvent, void, undefined> {
    const { earlyStopping, scheduler, metrics } = this.#options;
    const event = earlyStopping?.endingAfter({ step, epoch }, scheduler.totalSteps);
    if (event === undefined) return;
    this.#endedEarly = true;
    await metrics?.write(event);
    yield event;
  }

  async *#saveStep(
    { step, epoch }: { readonly step: number; readonly epoch: number },
    validationLosses: ReadonlyMap<string, number>,
    validationsDue: readonly string[],
  ): AsyncGenerator<TrainEvent, void, undefined> {
    const begun = performance.now();
    yield* this.saved();
    const result = this.endedEarly || this.#options.scheduler.isLast(step);
    const last = this.stop.requested || result;
    if (last) this.#options.onPhase?.(result ? 'saving the result' : 'saving a checkpoint');
    const pending = await this.#options.saveCheckpoint?.({
      step,
      epoch,
      last,
      result,
      trainLoss: this.#loss,
      training: this.training,
      validationLosses,
      validationsDue,
      earlyStopping: this.#options.earlyStopping?.state,
    });
    if (pending === undefined) return;
    this.#save = new BackgroundSave({ step, epoch }, pending, (performance.now() - begun) / 1000);
    if (last) yield* this.saved(true);
  }

  /**
   * Waits for the checkpoint being written, if there is one, and yields its outcome. Errors: those
   * of the checkpoint if it `must` be written.
   */
  async *saved(must = false): AsyncGenerator<TrainEvent, void, undefined> {
    const event = await this.#save?.finished();
    this.#waited += this.#save?.waitSeconds ?? 0;
    this.#save = undefined;
    if (event?.type === 'checkpoint-failed' && must) throw event.error;
    if (event !== undefined) yield event;
  }

  /** Waits until no save reads the session any more. */
  async settled(): Promise<void> {
    await this.#save?.finished();
  }

  /** Every process calls it. */
  async done(): Promise<DoneEvent> {
    const finished =
      this.endedEarly ||
      (this.#options.firstStep ?? 0) + this.#steps >= this.#options.scheduler.totalSteps;
    return {
      type: 'done',
      reason: finished ? 'finished' : 'aborted',
      steps: this.#steps,
      seconds: (performance.now() - this.#started) / 1000,
      saveWaitSeconds: this.#waited,
      dataWaitSeconds: this.#dataWait,
      loss: this.#loss,
      peakBytes: await this.#memory.highest(this.#options.session.parallelism.host),
    };
  }

  #stepEvent(
    step: number,
    batch: GlobalBatch,
    { loss, gradientNorm }: UpdateResult,
    { seconds, dataWaitSeconds }: Pick<StepEvent, 'seconds' | 'dataWaitSeconds'>,
  ): StepEvent {
    const { schedule, scheduler } = this.#options;
    const { epoch, tokens, trainedTokens } = batch;
    return {
      type: 'step',
      step,
      epoch,
      totalSteps: scheduler.totalSteps,
      loss,
      gradientNorm,
      learningRate: schedule.at(step + 1).learningRate,
      memoryGib: this.#memory.take(),
      tokensPerSecond: tokens / seconds,
      tokens,
      trainedTokens,
      seconds,
      dataWaitSeconds,
    };
  }

  /** Validates the named sets and puts their losses into `losses`; a stop leaves out the rest. */
  async *validated(
    { step, epoch, names }: DueValidations,
    losses: Map<string, number>,
    stop = this.stop,
  ): AsyncGenerator<ValidationEvent, void, undefined> {
    const { session, schedule, validation, metrics } = this.#options;
    for (const [name, data] of validation ?? []) {
      if (!names.includes(name)) continue;
      this.#options.onPhase?.(name === 'default' ? 'validating' : `validating ${name}`);
      const validated = await validate(session, data, stop);
      if (validated === undefined) return;
      const { loss, trainedTokens } = validated;
      losses.set(name, loss);
      this.#options.earlyStopping?.observe(name, step, loss);
      const event: ValidationEvent = {
        type: 'validation',
        name,
        step,
        epoch,
        loss,
        learningRate: schedule.at(step + 1).learningRate,
        trainedTokens,
        memoryGib: this.#memory.take(),
      };
      await metrics?.write(event);
      yield event;
    }
  }
}
