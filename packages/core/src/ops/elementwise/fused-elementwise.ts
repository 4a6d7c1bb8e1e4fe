// A chain of elementwise ops in one node, made by the pass fuse-elementwise: each element of the
// result shape is carried through a straight-line program, so that intermediate tensors are never
// in memory. The meaning is the ops of the program one after the other, every intermediate rounded
// to its dtype; kernels keep the same bits.
import { AutomodelError } from '../../error.js';
import { nonEmpty } from '../../list-length.js';
import type { TensorType } from '../../graph/graph.js';
import { broadcastShapes, formatShape, sameShape, sizeOf, type Shape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { scalar } from '../creation/constant.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { expand } from '../layout/expand.js';
import { parseChain, type ChainArgument } from './chain-program.js';
import { CHAIN_SAMPLES } from './fused-elementwise-samples.js';

/** A program, and which of its results leave the node. */
export type FusedElementwiseAttributes = {
  /** Lines of chain-program.ts. */
  readonly program: readonly string[];
  /** The instructions whose results leave the node, in the order of its outputs. */
  readonly results: readonly number[];
  /** Shape of every output; operands broadcast to it. */
  readonly shape: Shape;
};

/** Maximum number of operands of a node. */
export const MAX_CHAIN_OPERANDS = 12;
/** Maximum number of outputs of a node. */
export const MAX_CHAIN_RESULTS = 4;

/** dtype of every instruction's result. Errors: as the ops of the program. */
export function chainDTypes(
  operands: readonly TensorType[],
  { program }: FusedElementwiseAttributes,
): TensorType[] {
  const types: TensorType[] = [];
  const typeOf = (arg: ChainArgument): TensorType => {
    const type =
      arg.kind === 'literal'
        ? { shape: [], dtype: arg.dtype }
        : (arg.kind === 'operand' ? operands : types)[arg.index];
    if (type === undefined)
      throw new AutomodelError(
        'bad-graph',
        'fused_elementwise: the program reads operand ' +
          `${arg.kind === 'literal' ? '' : arg.index}, there are ${operands.length}`,
      );
    return type;
  };
  for (const { op, args, attrs } of parseChain(program))
    types.push(op.infer(args.map(typeOf), attrs)[0]);
  return types;
}

const OVERWRITES = Array.from(
  { length: MAX_CHAIN_RESULTS * MAX_CHAIN_OPERANDS },
  (_, i) => [Math.floor(i / MAX_CHAIN_OPERANDS), i % MAX_CHAIN_OPERANDS] as const,
);

export const fusedElementwiseOp: OpDefinition<FusedElementwiseAttributes> = defineOp({
  name: 'fused_elementwise',
  summary: 'a chain of elementwise ops',
  operands: ['...operands'],
  outputs: ['...y'],
  infer({ operands }, attrs) {
    if (
      operands.length > MAX_CHAIN_OPERANDS ||
      attrs.results.length === 0 ||
      attrs.results.length > MAX_CHAIN_RESULTS
    )
      throw new AutomodelError(
        'bad-graph',
        `fused_elementwise: ${operands.length} operands and ${attrs.results.length} results; at ` +
          `most ${MAX_CHAIN_OPERANDS} and ${MAX_CHAIN_RESULTS} are possible`,
      );
    const shape = broadcastShapes(
      'fused_elementwise',
      attrs.shape,
      ...operands.map((t) => t.shape),
    );
    if (!sameShape(shape, attrs.shape))
      throw new AutomodelError(
        'bad-shape',
        'fused_elementwise: operands of shapes ' +
          `${operands.map((t) => formatShape(t.shape)).join(', ')} do not broadcast to ` +
          `${formatShape(attrs.shape)}`,
      );
    const types = chainDTypes(operands, attrs);
    return attrs.results.map((index) => {
      const type = types[index];
      if (type === undefined)
        throw new AutomodelError(
          'bad-graph',
          `fused_elementwise: result ${index} is asked of a program of ${types.length} ` +
            'instructions',
        );
      return { shape: attrs.shape, dtype: type.dtype };
    });
  },
  decompose({ operands }, { program, results, shape }) {
    const [{ trace }] = nonEmpty(operands);
    const made: Tensor[] = [];
    const tensorOf = (arg: ChainArgument): Tensor =>
      arg.kind === 'literal'
        ? scalar(trace, arg.value, arg.dtype)
        : (arg.kind === 'operand' ? operands : made)[arg.index]!;
    for (const { op, args, attrs } of parseChain(program))
      made.push(trace.apply(op, args.map(tensorOf), attrs)[0]);
    return results.map((index) => expand(made[index]!, shape));
  },
  flops: (_operands, _outputs, { program, shape }) => program.length * sizeOf(shape),
  castRule: 'follow',
  overwrites: OVERWRITES,
  samples: CHAIN_SAMPLES,
});
