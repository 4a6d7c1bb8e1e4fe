// How long the memory of a step that runs beside the compute stream is in use: for the planner,
// which gives bytes away afterwards, and for the verifier, which holds lifetimes to it.
import type { Stream } from '../graph/graph.js';

/** A step and what it touches. */
export interface TouchingStep<Ref> {
  readonly stream: Stream;
  readonly inputs: readonly (Ref | null)[];
  readonly outputs: readonly (Ref | null)[];
}

/**
 * For each step the last step during which it may still be running, as the compute stream sees it:
 * for compute steps the step itself, for others the step before the first compute step that uses
 * what it or a later step of its stream made (or the end of the plan). `pieceOf`: the memory that
 * is touched.
 */
export function releaseStep<Ref>(
  steps: readonly TouchingStep<Ref>[],
  pieceOf: (ref: Ref) => unknown,
): (step: number) => number {
  if (steps.every((step) => step.stream === 'compute')) return (step) => step;
  const releases = steps.map((_, i) => i);
  const nextUser = new Map<unknown, number>();
  const streamRelease = new Map<Stream, number>();
  for (let i = steps.length - 1; i >= 0; i--) {
    const { stream, inputs, outputs } = steps[i]!;
    const pieces = (refs: readonly (Ref | null)[]): readonly unknown[] =>
      refs.flatMap((ref) => (ref === null ? [] : [pieceOf(ref)]));
    if (stream === 'compute') {
      for (const piece of pieces([...inputs, ...outputs])) nextUser.set(piece, i);
      continue;
    }
    const user = pieces(outputs).reduce<number>(
      (first, piece) => Math.min(first, nextUser.get(piece) ?? steps.length),
      steps.length,
    );
    const last = Math.min(user - 1, streamRelease.get(stream) ?? steps.length - 1);
    releases[i] = Math.max(i, last);
    streamRelease.set(stream, releases[i]!);
  }
  return (step) => releases[step]!;
}
