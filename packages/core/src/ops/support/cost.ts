// The work of one node, and the functions by which an op counts it.
import type { Attributes, TensorType } from '../../graph/graph.js';
import type { Named, Partly } from './name-list.js';

/**
 * Arithmetic work and memory traffic of one node: floating-point operations and bytes read plus
 * written.
 */
export interface Cost {
  readonly flops: number;
  readonly bytes: number;
}

/** The only output is always written; of several, those that somebody reads. */
type Written<O extends readonly string[]> = O extends readonly [infer N extends string]
  ? N extends `...${string}`
    ? Partly<N, TensorType>
    : Named<N, TensorType>
  : Partly<O[number], TensorType>;

/** Counts from the types of the operands and of the outputs that are really written. */
export type CostFunction<I extends string, O extends readonly string[], A extends Attributes> = (
  operands: Named<I, TensorType>,
  outputs: Written<O>,
  attrs: A,
) => number;
