// Samples of fused_elementwise: each function of a chain by itself, then programs that mix them,
// shapes that broadcast, several results, whole numbers and narrow dtypes.
import type { Shape } from '../../tensor/shape.js';
import type { OpSample } from '../support/define-op.js';
import type { FusedElementwiseAttributes } from './fused-elementwise.js';

type Sample = OpSample<FusedElementwiseAttributes>;

const f32 = (shape: Shape, low = -2, high = 2): Sample['inputs'][number] => ({
  shape,
  range: [low, high],
});

/** Functions of one operand, with their attributes. */
const FUNCTIONS = [
  'abs',
  'cos',
  'erf',
  'exp',
  'exp2',
  'expm1',
  'neg',
  'relu',
  'sigmoid',
  'silu',
  'sin',
  'tan',
  'tanh',
  'log',
  'log1p',
  'log2',
  'reciprocal',
  'rsqrt',
  'sqrt',
  'gelu approximate=tanh',
  'softplus beta=2 threshold=5',
  'clamp min=0.4 max=null',
] as const;

function sampleOf(call: string): Sample {
  const [name, ...attributes] = call.split(' ');
  const line = [name, 'x0', ...attributes].join(' ');
  return {
    inputs: [f32([2, 5], 0.3)],
    attrs: { program: [line, 'mul t0 f32:0.5'], results: [1], shape: [2, 5] },
  };
}

export const CHAIN_SAMPLES: readonly Sample[] = [
  ...FUNCTIONS.map(sampleOf),
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
