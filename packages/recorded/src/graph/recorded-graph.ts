// The format recorded-graph/0 as types: a model's forward pass as data (goldens/recorded-graph.md),
// as it is after reading and checking.
import type { DType } from '@automodel/core';

/**
 * An operand: a node id, a host number or bool (Python's ints as bigints, its floats as numbers),
 * or absent.
 */
export type RecordedOperand = number | { readonly c: number | bigint | boolean } | null;

/** A literal of an attribute. Numbers are plain; integers beyond 2^53 are bigints. */
export type RecordedAttribute =
  number | bigint | boolean | string | null | readonly RecordedAttribute[];

/** One recorded operation. */
export interface RecordedNode {
  readonly id: number;
  readonly op: string;
  readonly in: readonly RecordedOperand[];
  readonly attrs: Readonly<Record<string, RecordedAttribute>>;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Innermost module path at recording; empty at the top level. */
  readonly scope: string;
}

/** A checked graph.json. */
export interface RecordedGraph {
  readonly architecture: string;
  readonly output: number;
  readonly nodes: readonly RecordedNode[];
}

/** How messages name a node: `graph.json: node 17 (linear) in model.layers.0.mlp`. */
export const placeOf = (
  node: Pick<RecordedNode, 'id' | 'op' | 'scope'>,
  file = 'graph.json',
): string => `${file}: node ${node.id} (${node.op}) in ${node.scope || 'the top level'}`;
