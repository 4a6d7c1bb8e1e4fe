// Stage: the last evaluation of a run. What answers is the result as it is on disk, so that the
// next start of a run that was ended before its evaluation gives the same answers.
import type { MetricsFile } from '@automodel/train';
import { loadResult } from '../checkpoints/load-result.js';
import { scoreValues } from '../evaluation/metrics/score-values.js';
import type { EvaluationEvent } from '../events/run-events.js';
import type { OpenedRun } from '../open/opened-run.js';
import { evaluate, type Questioning } from './evaluate.js';

/** A step and its epoch, from 0. */
export type StepPosition = Readonly<Record<'step' | 'epoch', number>>;

/** Where the scores go. */
export interface Recording {
  /** Undefined: another process writes them. */
  readonly metrics: MetricsFile | undefined;
  /** The last step before the evaluation. */
  readonly at: StepPosition;
}

/** The events of an evaluation, whose scores become a line of the metrics. */
export async function* recorded(
  events: ReturnType<typeof evaluate>,
  { metrics, at }: Recording,
): ReturnType<typeof evaluate> {
  for await (const event of events) {
    if (event.type === 'evaluation') await metrics?.append(scoresRecord(event, at));
    yield event;
  }
}

function scoresRecord(
  { when, total, scores }: EvaluationEvent,
  at: StepPosition,
): Record<string, number | string> {
  const named = Object.entries(scoreValues(scores)).map(([name, value]): [string, number] => [
    `eval_${name}`,
    value,
  ]);
  return { ...at, evaluation: when, num_answers: total, ...Object.fromEntries(named) };
}

/**
 * Evaluates the trained model, if the recipe asks for it: its result, where one is saved. Returns
 * false if a stop came before the end. Errors: those of reading the result and of answering.
 */
export async function* evaluateResult(
  run: Pick<OpenedRun, 'recipe' | 'output' | 'adapter' | 'host'>,
  asking: Questioning,
  recording: Recording,
): AsyncGenerator<
  ReturnType<typeof evaluate> extends AsyncGenerator<infer Event> ? Event : never,
  boolean,
  undefined
> {
  const { questions, session, stop } = asking;
  if (questions?.after_training !== true) return true;
  if (stop.requested) return false;
  const { host } = run;
  if (run.recipe.checkpoint.enabled) {
    await host.barrier(); // the first process has saved it
    await loadResult(run, session);
  }
  yield* recorded(evaluate(asking, 'after'), recording);
  if (stop.requested) return false;
  // whoever watches the run has the answers by now
  if (host.rank === 0) await run.output.ending.evaluated();
  return true;
}
