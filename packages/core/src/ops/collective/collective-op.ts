// What the collective ops share: operands of many shapes and dtypes that travel together over one
// axis of a mesh, and a meaning that is defined over the operands of all its ranks. Every rank has
// the same graph, so every rank names the same operands.
import { AutomodelError } from '../../error.js';
import type { TensorType } from '../../graph/graph.js';
import { mapNonEmpty, nonEmpty, type NonEmpty } from '../../list-length.js';
import type { HostTensor } from '../../tensor/host-tensor.js';
import { formatType } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { zerosLike } from '../creation/full.js';
import { elementsOf } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { isCutAt, type Spread } from '../support/spread.js';

/** The axis of the mesh over which an op communicates, and how many ranks are along it. */
export type CollectiveAttributes = { readonly axis: string; readonly ranks: number };

/** What one collective does with each operand of its bucket. */
export interface Collective<A extends CollectiveAttributes> {
  readonly name: string;
  readonly summary: string;
  /** See the definition of ops. */
  readonly moves?: boolean;
  readonly overwritesEach?: boolean;
  /** It joins or cuts dimension 0. */
  readonly joins?: boolean;
  /** The result's type; undefined where the op is not defined on the operand. */
  result(operand: TensorType, attrs: A): TensorType | undefined;
  /**
   * The results of all ranks from the operands of all ranks, in the order of ranks. `round` brings
   * sums to the precision in which engines add.
   */
  results(
    operands: NonEmpty<HostTensor>,
    attrs: A,
    round: (value: number) => number,
  ): readonly HostTensor[];
  /** The adjoints of the operands, where the loss is the sum of what all ranks compute. */
  gradient?(adjoints: NonEmpty<Tensor>, attrs: A, operands: readonly Tensor[]): readonly Tensor[];
  /**
   * What it makes of a spread over its own axis; undefined where it has no meaning. Values that
   * differ over another axis differ as before, if it does not join pieces of that dimension.
   */
  spread(operand: Spread): Spread | undefined;
  /** Arithmetic for each element of an operand. */
  flops(attrs: A): number;
  /** Attributes of its samples. */
  readonly sample: A;
}

/** What the collective makes of a spread, over its own axis or another. */
function spreadAfter(
  { spread, joins }: Pick<Collective<never>, 'spread' | 'joins'>,
  operand: Spread,
  own: boolean,
): Spread | undefined {
  if (own) return spread(operand);
  return joins === true && isCutAt(operand, 0) ? undefined : operand;
}

/** The op. It runs on the stream `comm` and is neither cloned nor merged. */
export const collectiveOp = <A extends CollectiveAttributes>(
  collective: Collective<A>,
): OpDefinition<A> =>
  defineOp<A, readonly ['...operands'], readonly ['...results']>({
    name: collective.name,
    summary: collective.summary,
    moves: collective.moves ?? false,
    overwritesEach: collective.overwritesEach ?? false,
    stream: 'comm',
    once: true,
    castRule: 'follow',
    operands: ['...operands'],
    outputs: ['...results'],
    infer: ({ operands }, attrs) =>
      mapNonEmpty(nonEmpty(operands), (operand) => {
        const result = collective.result(operand, attrs);
        if (result !== undefined) return result;
        throw new AutomodelError(
          'bad-shape',
          `${collective.name} over ${attrs.ranks} ranks is not defined on ${formatType(operand)}`,
        );
      }),
    reference: ({ operands }, attrs) => {
      if (attrs.ranks === 1)
        return operands.flatMap((operand) => collective.results([operand], attrs, Number));
      throw new AutomodelError(
        'bad-graph',
        `${collective.name} needs the operands of ${attrs.ranks} ranks: run the graph with ` +
          'runReferenceRanks',
      );
    },
    collective: (byRank, attrs, round) => {
      const byOperand = byRank[0].map((_, i) =>
        collective.results(
          mapNonEmpty(byRank, (operands) => operands[i]!),
          attrs,
          round,
        ),
      );
      return nonEmpty(byRank.map((_, rank) => byOperand.map((results) => results[rank]!)));
    },
    gradient:
      collective.gradient &&
      (({ operands, outputs, gradients, attrs }) => {
        const adjoints = outputs.results.map((y, i) => gradients.results[i] ?? zerosLike(y));
        return { operands: collective.gradient!(nonEmpty(adjoints), attrs, operands.operands) };
      }),
    spread: ({ operands }, attrs, { axis, refuse }) =>
      operands.map((operand, i) => {
        const spread = spreadAfter(collective, operand, attrs.axis === axis);
        return spread ?? refuse(`operands[${i}]`, `the op over ${attrs.axis} does not take it`);
      }),
    flops: ({ operands }, _outputs, attrs) => elementsOf(operands) * collective.flops(attrs),
    samples: [
      {
        inputs: [{ shape: [4, 3] }, { shape: [2], dtype: 'bf16' }, { shape: [6, 1, 2] }],
        attrs: collective.sample,
      },
    ],
  });
