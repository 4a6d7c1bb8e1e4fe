// What happens to values that differ over the ranks of one axis of the mesh. Every rank has the
// same graph, whose shapes are those of one rank; a spread says how the tensors of all ranks make
// up the tensor that is meant. An op without a rule takes replicated operands only.
import type { Attributes, TensorType } from '../../graph/graph.js';
import type { Listed, Named, NameList } from './name-list.js';

/**
 * `replicated`: all ranks have the tensor. `cut`: each has a piece, joined along `dim` in the order
 * of ranks. `partial`: the tensor is the sum over ranks of what they have.
 */
export type Spread =
  | { readonly kind: 'replicated' }
  | { readonly kind: 'cut'; readonly dim: number }
  | { readonly kind: 'partial' };

export const replicated: Spread = { kind: 'replicated' };
export const partial: Spread = { kind: 'partial' };
/** Each rank has a piece along dimension `dim`. */
export const cut = (dim: number): Spread => ({ kind: 'cut', dim });

/** Whether all of `spreads` that are there are replicated. */
export const areReplicated = (...spreads: readonly (Spread | undefined)[]): boolean =>
  spreads.every((spread) => spread === undefined || spread.kind === 'replicated');

/** Whether `spread` is cut along `dim`. */
export const isCutAt = (spread: Spread | undefined, dim: number): boolean =>
  spread?.kind === 'cut' && spread.dim === dim;

/** Whether both say the same. */
export const sameSpread = (a: Spread, b: Spread): boolean =>
  a.kind === b.kind && (a.kind !== 'cut' || isCutAt(b, a.dim));

/** `replicated`, `partial`, `cut along dimension 1`. */
export const formatSpread = (spread: Spread): string =>
  spread.kind === 'cut' ? `cut along dimension ${spread.dim}` : spread.kind;

/** What a rule knows besides the spreads: types of one rank, under the names of the op. */
export interface SpreadContext<Operands, Outputs> {
  /** The axis of the mesh over which the values differ. */
  readonly axis: string;
  readonly operands: Operands;
  readonly outputs: Outputs;
  /** Throws: the spread of this operand has no meaning here. `why` begins in lower case. */
  refuse(operand: string, why: string): never;
}

/** The spreads of an op's outputs from those of its operands, by name. */
export type SpreadRule<I extends string, O extends readonly string[], A extends Attributes> = (
  operands: Named<I, Spread>,
  attrs: A,
  context: SpreadContext<Named<I, TensorType>, Named<O[number], TensorType>>,
) => Listed<O, Spread>;

/** Types of operands and outputs as nodes hold them. */
export type ListedSpreadContext = SpreadContext<
  readonly (TensorType | undefined)[],
  readonly TensorType[]
>;

/** The rule for operands and outputs as nodes hold them. */
export const listedSpread =
  <I extends string, O extends readonly string[], A extends Attributes>(
    rule: SpreadRule<I, O, A>,
    inputs: NameList<I>,
    results: NameList<O[number]>,
  ) =>
  (
    spreads: readonly (Spread | undefined)[],
    attrs: A,
    context: ListedSpreadContext,
  ): readonly Spread[] =>
    rule(inputs.named(spreads), attrs, {
      ...context,
      operands: inputs.named(context.operands),
      outputs: results.named(context.outputs),
    });
