// Spreads through matrix products: rows and columns stay cut, a contracted dimension that is cut on
// both sides leaves sums that are not complete.
import type { TensorType } from '../../graph/graph.js';
import {
  areReplicated,
  cut,
  isCutAt,
  partial,
  replicated,
  type Spread,
} from '../support/spread.js';

type Refuse = (operand: string, why: string) => never;

interface LinearSpreads {
  readonly x: Spread;
  readonly weight: Spread;
  readonly bias: Spread | undefined;
}

/** x[...,K], weight[N,K], bias[N]; `last` is the last dimension of x. */
export function linearSpread(
  { x, weight, bias }: LinearSpreads,
  last: number,
  refuse: Refuse,
): Spread {
  if (isCutAt(weight, 0) && areReplicated(x))
    return bias === undefined || isCutAt(bias, 0)
      ? cut(last)
      : refuse('bias', 'it must be cut as the rows of the weight');
  const contracted = isCutAt(x, last);
  if ((contracted && isCutAt(weight, 1)) || (x.kind === 'partial' && areReplicated(weight)))
    return bias === undefined ? partial : refuse('bias', 'every rank would add it');
  if (contracted) return refuse('weight', 'its columns must be cut as x is');
  if (!areReplicated(weight)) return refuse('weight', 'x does not fit it');
  return areReplicated(bias) ? x : refuse('bias', 'the weight is not cut');
}

interface Pair<T> {
  readonly a: T;
  readonly b: T;
}

/** a[...,M,K] b[...,K,N]. */
export function matmulSpread(
  { a, b }: Pair<Spread>,
  types: Pair<TensorType>,
  refuse: Refuse,
): Spread {
  if (areReplicated(a, b)) return replicated;
  if (a.kind === 'partial' || b.kind === 'partial')
    return areReplicated(a) || areReplicated(b)
      ? partial
      : refuse(
          a.kind === 'partial' ? 'b' : 'a',
          'only one side of a product may be a sum over ranks',
        );
  // Dimensions are counted from the last, so that batches of both sides and of the result agree.
  const fromEnd = (spread: Spread, { shape }: TensorType): number | undefined =>
    spread.kind === 'cut' ? shape.length - 1 - spread.dim : undefined;
  const [inA, inB] = [fromEnd(a, types.a), fromEnd(b, types.b)];
  const rank = Math.max(types.a.shape.length, types.b.shape.length);
  if (inA === 0 && inB === 1) return partial;
  if (inA === 0) return refuse('b', 'its rows must be cut as the columns of a');
  if (inB === 1) return refuse('a', 'its columns must be cut as the rows of b');
  if (inA === 1 && inB === undefined) return cut(rank - 2);
  if (inB === 0 && inA === undefined) return cut(rank - 1);
  const batch = inA ?? inB ?? 0;
  const isBatch = (at: number | undefined, { shape }: TensorType): boolean =>
    at === undefined ? (shape[shape.length - 1 - batch] ?? 1) === 1 : at === batch;
  if (batch < 2 || !isBatch(inA, types.a)) return refuse('a', 'b is not cut to match');
  return isBatch(inB, types.b) ? cut(rank - 1 - batch) : refuse('b', 'a is not cut to match');
}
