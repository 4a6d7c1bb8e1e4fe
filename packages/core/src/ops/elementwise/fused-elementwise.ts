// A chain of elementwise ops in one node, made by the pass fuse-elementwise: each element of the
// result shape is carried through a straight-line program, so that intermediate tensors never stand
// in memory. The meaning is the ops of the program one after the other, every intermediate rounded
// to its dtype; kernels keep the same bits.
import { AutomodelError } from '../../error.js';
import { nonEmpty } from '../../list-length.js';
import type { TensorType } from '../../graph/graph.js';
import { bytesOf } from '../../tensor/dtype.js';
import { broadcastShapes, formatShape, sameShape, sizeOf, type Shape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { scalar } from '../creation/constant.js';
import { defineOp, type OpDefinition, type OpSample } from '../support/define-op.js';
import { expand } from '../layout/expand.js';
import { parseChain, type ChainArgument } from './chain-program.js';

export type FusedElementwiseAttributes = {
  /** Lines of chain-program.ts. */
  readonly program: readonly string[];
  /** The instructions whose results leave the node, in the order of its outputs. */
  readonly results: readonly number[];
  /** Shape of every output; operands broadcast to it. */
  readonly shape: Shape;
};

/** Most operands of a node. */
export const MAX_CHAIN_OPERANDS = 12;
/** Most outputs of a node. */
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

const bytes = (types: readonly TensorType[]): number =>
  types.reduce((sum, t) => sum + sizeOf(t.shape) * bytesOf(t.dtype), 0);

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
          `fused_elementwise: result ${index} is asked of a program of ${types.length} instructions`,
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
  cost: ({ operands }, { y }, attrs) => ({
    flops: attrs.program.length * sizeOf(attrs.shape),
    bytes: bytes(operands) + bytes(y),
  }),
  castRule: 'follow',
  overwrites: OVERWRITES,
  samples: samples(),
});

function samples(): OpSample<FusedElementwiseAttributes>[] {
  const unary = [
    'abs',
    'ceil',
    'cos',
    'erf',
    'exp',
    'exp2',
    'expm1',
    'floor',
    'neg',
    'relu',
    'round',
    'sigmoid',
    'sign',
    'silu',
    'sin',
    'tan',
    'tanh',
    'trunc',
  ];
  const positive = [
    'log',
    'log1p',
    'log2',
    'reciprocal',
    'rsqrt',
    'sqrt',
    'gelu',
    'softplus',
    'clamp',
  ];
  const attributes: Readonly<Record<string, string>> = {
    gelu: ' approximate=tanh',
    softplus: ' beta=2 threshold=5',
    clamp: ' min=0.4 max=null',
  };
  const f32 = (shape: Shape, low = -2, high = 2): OpSample['inputs'][number] => ({
    shape,
    range: [low, high],
  });
  const one = (line: string): OpSample<FusedElementwiseAttributes> => ({
    inputs: [f32([2, 5], 0.3)],
    attrs: { program: [`${line}`, 'mul t0 f32:0.5'], results: [1], shape: [2, 5] },
  });
  return [
    ...[
      ...unary.filter((op) => !['ceil', 'floor', 'round', 'trunc', 'sign'].includes(op)),
      ...positive,
    ].map((op) => one(`${op} x0${attributes[op] ?? ''}`)),
    // Rows, columns and numbers of every kind of operand; several results.
    {
      inputs: [f32([3, 70]), f32([70]), f32([3, 1], 0.5), f32([])],
      attrs: {
        program: ['mul x0 x1', 'exp x2', 'div t0 t1', 'add t2 x3', 'sub t3 f32:1.5'],
        results: [4, 0, 2],
        shape: [3, 70],
      },
    },
    {
      inputs: [f32([2, 3, 5]), f32([3, 1]), f32([1, 1, 5], 0.5)],
      attrs: {
        program: [
          'add x0 x1',
          'pow x2 f32:2',
          'maximum t0 t1',
          'minimum t2 f32:1',
          'atan2 t3 x2',
          'remainder t4 f32:0.7',
          'add t5 f32:1',
        ],
        results: [4],
        shape: [2, 3, 5],
      },
    },
    // Choices by masks; whole numbers; bool is 0 or 1.
    {
      inputs: [
        f32([4, 9]),
        { shape: [4, 9], dtype: 'i64', range: [-5, 5] },
        { shape: [9], dtype: 'bool' },
        { shape: [4, 1], dtype: 'i32', range: [1, 4] },
      ],
      attrs: {
        program: [
          'cast x3 to=i64',
          'mul x1 t0',
          'floordiv t1 i64:3',
          'remainder t2 t0',
          'gt t3 i64:0',
          'and t4 x2',
          'not t5',
          'or t6 x2',
          'where t7 x0 f32:0',
          'where t4 t1 x1',
          'cast t9 to=f32',
          'add t8 t10',
          'cast t7 to=f32',
        ],
        results: [11, 9, 7, 12],
        shape: [4, 9],
      },
    },
    {
      inputs: [f32([6, 4]), f32([6, 4])],
      attrs: {
        program: [
          'le x0 x1',
          'lt x0 f32:1',
          'xor t0 t1',
          'ge x1 f32:0',
          'eq t2 t3',
          'ne x0 x1',
          'and t4 t5',
          'isnan x0',
          'or t6 t7',
          'isfinite x1',
          'and t8 t9',
          'isinf x0',
          'or t10 t11',
          'cast t12 to=f32',
        ],
        results: [12, 13],
        shape: [6, 4],
      },
      differentiable: [],
    },
    {
      inputs: [f32([5, 3], -9, 9)],
      attrs: {
        program: [
          'floor x0',
          'ceil x0',
          'round x0',
          'trunc x0',
          'sign x0',
          'add t0 t1',
          'add t5 t2',
          'add t6 t3',
          'add t7 t4',
          'floordiv t8 f32:2',
          'cast x0 to=i32',
          'mul t10 i32:2',
          'cast t11 to=bool',
          'cast t9 to=bool',
          'xor t12 t13',
        ],
        results: [9, 11, 14],
        shape: [5, 3],
      },
      differentiable: [],
    },
    // Intermediates of narrow dtypes are rounded where the ops would round them.
    {
      inputs: [f32([2, 80]), { shape: [2, 1], dtype: 'bf16' }],
      attrs: {
        program: [
          'cast x0 to=bf16',
          'mul t0 x1',
          'add t1 t0',
          'cast t2 to=f32',
          'cast t3 to=f16',
          'mul t4 t4',
          'cast t5 to=f32',
        ],
        results: [6, 1],
        shape: [2, 80],
      },
      differentiable: [],
    },
    {
      inputs: [f32([]), f32([])],
      attrs: { program: ['add x0 x1', 'neg t0'], results: [1], shape: [] },
    },
    {
      inputs: [f32([0, 3]), f32([3])],
      attrs: { program: ['add x0 x1', 'neg t0'], results: [1], shape: [0, 3] },
    },
    { inputs: [f32([4])], attrs: { program: ['neg x0', 'exp t0'], results: [1], shape: [3, 4] } },
  ];
}
