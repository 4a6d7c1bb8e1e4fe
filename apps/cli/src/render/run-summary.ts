// What is known about a run when it has ended: the events that its result is made of.
import type {
  EvaluationEvent,
  ExportedEvent,
  FinishedEvent,
  ProfileEvent,
  RunEvent,
  SavedEvent,
} from '@automodel/run';
import type { DoneEvent, EarlyStoppingEvent, PlanEvent, ValidationEvent } from '@automodel/train';

/** Filled while the run goes on. */
export interface RunSummary {
  done?: DoneEvent;
  plan?: PlanEvent;
  saved?: SavedEvent;
  /** The result was there before the run was started again. */
  finishedBefore?: FinishedEvent;
  /** Training ended before its last step. */
  endedEarly?: EarlyStoppingEvent;
  exported?: ExportedEvent;
  /** The last checkpoint that this run wrote. */
  stoppedAt?: string;
  /** The checkpoint it continued from. */
  resumedFrom?: string;
  /** The trace of its kernels, and what it says. */
  profile?: ProfileEvent;
  /** report.html. */
  report?: string;
  readonly validation: Map<string, ValidationEvent>;
  readonly evaluation: Map<'before' | 'after', EvaluationEvent>;
}

/** Keeps what the result needs of `event`. */
export function remember(summary: RunSummary, event: RunEvent): void {
  switch (event.type) {
    case 'validation':
      summary.validation.set(event.name, event);
      break;
    case 'evaluation':
      if (event.when !== 'during') summary.evaluation.set(event.when, event);
      break;
    case 'early-stopping':
      summary.endedEarly = event;
      break;
    case 'checkpoint-saved':
      summary.stoppedAt = event.path;
      break;
    case 'resumed':
      summary.resumedFrom = event.path;
      break;
    case 'profile':
      summary.profile = event;
      break;
    case 'report':
      summary.report = event.path;
      break;
    case 'finished':
      summary.finishedBefore = event;
      break;
    case 'saved':
      summary.saved = event;
      break;
    case 'exported':
      summary.exported = event;
      break;
    case 'plan':
      summary.plan = event;
      break;
    case 'done':
      summary.done = event;
      break;
    default:
  }
}
