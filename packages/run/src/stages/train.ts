// Stage: the training loop of the library, from the step where the run starts.
import { AutomodelError } from '@automodel/core';
import type { SessionAdapter } from '@automodel/session';
import {
  restoreTraining,
  train,
  type DoneEvent,
  type Stop,
  type TrainEvent,
  type TrainOptions,
} from '@automodel/train';
import type { RunPlan } from '../check/plan-recipe.js';
import { checkpointTensors, type ResumePoint } from '../checkpoints/resume-point.js';
import type { Start } from '../checkpoints/start.js';
import type { EvaluationEvent, ResumedEvent } from '../events/run-events.js';
import type { StepPosition } from './evaluate-result.js';
import type { RunSaving } from './save.js';

interface Needs {
  readonly settings: TrainOptions;
  readonly start: Start;
  readonly adapter: SessionAdapter | undefined;
  readonly saving: RunSaving;
  readonly stop: Stop;
  /** Of the whole run, with what is besides training. */
  readonly plan: Pick<RunPlan, 'report'>;
}

/** Nothing is compiled or computed before `plan`. Errors: those of reading the checkpoint. */
export async function beginTraining({
  settings,
  start,
  adapter,
  saving,
  stop,
  plan,
}: Needs): Promise<RunTraining> {
  const events = train({
    ...settings,
    ...(start.kind === 'resumed' ? await continued(start.point, settings, adapter) : {}),
    metrics: saving.metrics,
    stop,
    saveCheckpoint: (context) => saving.save(context),
  });
  return new RunTraining(events, { settings, saving, plan });
}

/** What the loop needs to resume from a checkpoint. */
async function continued(
  point: ResumePoint,
  { session }: TrainOptions,
  adapter: SessionAdapter | undefined,
): Promise<Pick<TrainOptions, 'firstStep' | 'due' | 'restore'>> {
  const tensors = await checkpointTensors(point, session, adapter);
  const { nextStep, epoch, validationsDue: names = [] } = point.state;
  return {
    firstStep: nextStep,
    due: { step: nextStep - 1, epoch, names },
    restore: (training) => restoreTraining(session, training, tensors),
  };
}

/** The event of a start at a checkpoint. */
export const resumedEvent = (
  { path, state }: ResumePoint,
  { session }: Pick<TrainOptions, 'session'>,
): ResumedEvent => ({
  type: 'resumed',
  path,
  step: state.nextStep,
  numericsChanged: state.numerics !== session.backend.numericsKey,
});

export class RunTraining implements AsyncDisposable {
  readonly #events: AsyncGenerator<TrainEvent, void, undefined>;
  readonly #settings: TrainOptions;
  readonly #saving: RunSaving;
  readonly #plan: Pick<RunPlan, 'report'>;
  #position: StepPosition = { step: 0, epoch: 0 };

  constructor(
    events: AsyncGenerator<TrainEvent, void, undefined>,
    { settings, saving, plan }: Pick<Needs, 'settings' | 'saving' | 'plan'>,
  ) {
    this.#events = events;
    this.#settings = settings;
    this.#saving = saving;
    this.#plan = plan;
  }

  /** The last step that was made; before the first one, the first. */
  get position(): StepPosition {
    return this.#position;
  }

  /** Compiles the programs and reports what the run will take. */
  async *plan(): AsyncGenerator<TrainEvent, void, undefined> {
    const { value } = await this.#events.next();
    if (value?.type === 'plan') yield { ...value, report: this.#plan.report };
  }

  /**
   * Runs the steps; `answers` come after the last set of a validation. Returns how training ended,
   * without yielding it. Errors: those of `train`.
   */
  async *steps(
    answers: (isLast: boolean) => AsyncIterable<EvaluationEvent>,
  ): AsyncGenerator<TrainEvent | EvaluationEvent, DoneEvent, undefined> {
    const { validation, scheduler } = this.#settings;
    const lastSet = [...(validation?.keys() ?? [])].at(-1);
    for await (const event of this.#events) {
      if (event.type === 'done') return event;
      // a resumed run may end with the validation that was left, without a step of its own
      if (event.type === 'step' || event.type === 'validation')
        this.#position = { step: event.step, epoch: event.epoch };
      if (event.type === 'validation') await this.#saving.validated(event);
      yield event;
      if (event.type === 'validation' && event.name === lastSet)
        yield* answers(scheduler.isLast(event.step));
    }
    throw new AutomodelError('internal', 'training ended without its last event');
  }

  /** Ends the loop if the run is left early. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#events.return();
  }
}
