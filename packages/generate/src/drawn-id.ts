// The end of every program that generates: the logits of one row, and the id drawn from them. The
// sampling settings are scalars, so that one program serves all of them.
import { sample, sum, type Tensor, type Trace } from '@automodel/core';
import type { ModelOutput } from '@automodel/contracts';
import { logitsOf, notFinite, type ModelSession, type Program } from '@automodel/session';

/** Inputs and outputs of programs that generate. */
export const DECODE = {
  cachePositions: 'cache_positions',
  last: 'last',
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  seed: 'seed',
  step: 'step',
  next: 'next',
  total: 'total',
} as const;

/** Sampling settings after checking. */
export interface Sampling {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly seed: number;
}

/**
 * Adds the outputs of a program that generates: `next` i32[1], the id drawn from the logits of row
 * `last`, and `total` f32[], their sum, which is a number only if all of them are.
 */
export function outputDraw(trace: Trace, output: ModelOutput): void {
  const logits = logitsOf(output, trace.input('batch', DECODE.last, [1], 'i32'));
  const scalar = (name: string, dtype: 'f32' | 'i32' | 'i64'): Tensor =>
    trace.input('scalar', name, [], dtype);
  const next = sample(logits, {
    temperature: scalar(DECODE.temperature, 'f32'),
    topP: scalar(DECODE.topP, 'f32'),
    topK: scalar(DECODE.topK, 'i32'),
    seed: scalar(DECODE.seed, 'i64'),
    step: scalar(DECODE.step, 'i64'),
  });
  trace.output(DECODE.next, next);
  trace.output(DECODE.total, sum(logits, [0, 1]));
}

/** The id that a run has drawn. Errors: `not-finite` naming the tensor at fault. */
export async function drawnId(program: Program, session: ModelSession): Promise<number> {
  const total = await program.read(DECODE.total, new Float32Array(1));
  if (!Number.isFinite(total[0])) throw await notFinite(session, 'the logits are');
  return (await program.read(DECODE.next, new Int32Array(1)))[0]!;
}

/** Fills the scalars; `draw` counts draws of one sequence from 0. */
export function writeSampling(
  program: Program,
  { temperature, topP, topK, seed }: Sampling,
  draw: number,
): void {
  program.write(DECODE.temperature, Float32Array.of(temperature));
  program.write(DECODE.topP, Float32Array.of(topP));
  program.write(DECODE.topK, Int32Array.of(topK));
  program.write(DECODE.seed, BigInt64Array.of(BigInt(seed)));
  program.write(DECODE.step, BigInt64Array.of(BigInt(draw)));
}
