// How many operations products take, counted by hand.
import type { Attributes } from '../../src/index.js';

export type Shape = readonly number[];

/** Attributes that say nothing about the amount of work. */
const PRODUCT = { out_dtype: null, compute: 'f32' } as const;
const COMPUTE = { compute: 'f32' } as const;
const LOSS = { softcap: 0, compute: 'f32' } as const;
const ATTENTION = { scale: 1, softcap: 0, window: 0, causal: true } as const;
const CONVOLUTION = { compute: 'f32', groups: 1 } as const;

/** Shapes of operands (null: absent) and results, attributes, operations. */
export type Count = readonly [
  op: string,
  operands: readonly (Shape | null)[],
  outputs: readonly Shape[],
  attrs: Attributes,
  flops: number,
];

/** Ops that multiply matrices, and convolutions. */
export const PRODUCTS: readonly Count[] = [
  // 2 MNK: two operations for each of the K terms of M N elements.
  [
    'matmul',
    [
      [3, 5],
      [5, 4],
    ],
    [[3, 4]],
    PRODUCT,
    2 * 3 * 4 * 5,
  ],
  [
    'matmul',
    [
      [7, 3, 5],
      [5, 4],
    ],
    [[7, 3, 4]],
    PRODUCT,
    7 * 2 * 3 * 4 * 5,
  ],
  [
    'matmul',
    [
      [2, 0],
      [0, 3],
    ],
    [[2, 3]],
    PRODUCT,
    0,
  ],
  ['linear', [[6, 5], [4, 5], null], [[6, 4]], COMPUTE, 2 * 6 * 4 * 5],
  ['linear', [[6, 5], [4, 5], [4]], [[6, 4]], COMPUTE, 2 * 6 * 4 * 5 + 6 * 4],
  ['linear', [[2, 3, 5], [4, 5], [4]], [[2, 3, 4]], COMPUTE, 2 * 6 * 4 * 5 + 6 * 4],
  // Several products: as many as all of them.
  [
    'linear_many',
    [[6, 5], [4, 5], [3, 5], [4], [3]],
    [
      [6, 4],
      [6, 3],
    ],
    { ...COMPUTE, biased: true },
    2 * 6 * 4 * 5 + 6 * 4 + 2 * 6 * 3 * 5 + 6 * 3,
  ],
  [
    'matmul_sum',
    [null, [3, 5], [5, 4], [3, 2], [2, 4]],
    [[3, 4]],
    PRODUCT,
    2 * 3 * 4 * 5 + 2 * 3 * 4 * 2,
  ],
  // And what is added to the product.
  [
    'matmul_accumulate_many',
    [[5, 4], [], [3, 5], [3, 4], [2, 5], [2, 4]],
    [
      [3, 4],
      [2, 4],
    ],
    PRODUCT,
    2 * 3 * 4 * 5 + 3 * 4 + 2 * 2 * 4 * 5 + 2 * 4,
  ],
  [
    'matmul_sum',
    [
      [3, 4],
      [3, 5],
      [5, 4],
      [3, 2],
      [2, 4],
    ],
    [[3, 4]],
    PRODUCT,
    2 * 3 * 4 * 5 + 2 * 3 * 4 * 2 + 3 * 4,
  ],
  ['matmul_accumulate', [[3, 5], [5, 4], [3, 4], []], [[3, 4]], PRODUCT, 2 * 3 * 4 * 5 + 3 * 4],
  ['linear_accumulate', [[6, 5], [4, 5], null, [6, 4], []], [[6, 4]], COMPUTE, 2 * 120 + 24],
  ['linear_accumulate', [[6, 5], [4, 5], [4], [6, 4], []], [[6, 4]], COMPUTE, 2 * 120 + 2 * 24],
  [
    'matmul_accumulate_with_sum',
    [[7, 5], [5, 9], [7, 9], [], [5, 30], [30]],
    [[7, 9], [30]],
    PRODUCT,
    2 * 7 * 9 * 5 + 7 * 9 + 5 * 30 + 30,
  ],
  [
    'einsum',
    [
      [2, 3],
      [3, 4],
    ],
    [[2, 4]],
    { eq: 'ij,jk->ik' },
    2 * 2 * 3 * 4,
  ],
  ['grouped_linear', [[9, 5], [4, 3, 5], [9], null], [[9, 3]], COMPUTE, 2 * 9 * 3 * 5],
  ['grouped_linear', [[9, 5], [4, 3, 5], [9], [4, 3]], [[9, 3]], COMPUTE, 2 * 135 + 9 * 3],
  ['grouped_linear_weight_gradient', [[9, 5], [9, 3], [9]], [[4, 3, 5]], {}, 2 * 9 * 3 * 5],
  [
    'quantized_linear',
    [[6, 50], null, [7], [7]],
    [[6, 40]],
    { rows: 40, columns: 50 },
    2 * 6 * 40 * 50,
  ],
  [
    'quantized_linear',
    [[6, 50], [40], [7], [7]],
    [[6, 40]],
    { rows: 40, columns: 50 },
    2 * 6 * 40 * 50 + 6 * 40,
  ],
  // Column by column of an upper or lower triangle: half of a product.
  [
    'solve_triangular',
    [
      [4, 4],
      [4, 3],
    ],
    [[4, 3]],
    {},
    4 * 4 * 3,
  ],
  // 5 tokens, width 8, vocabulary 11: logits, loss and adjoints.
  ['linear_cross_entropy', [[5, 8], [11, 8], [5], []], [[], [5]], LOSS, 2 * 5 * 8 * 11],
  [
    'linear_cross_entropy_backward',
    [[], [5, 8], [11, 8], [5], []],
    [
      [5, 8],
      [11, 8],
    ],
    LOSS,
    3 * 2 * 5 * 8 * 11,
  ],
  [
    'linear_cross_entropy_with_gradient',
    [[5, 8], [11, 8], [5], []],
    [[], [5], [5, 8], [11, 8]],
    LOSS,
    3 * 2 * 5 * 8 * 11,
  ],
  [
    'linear_cross_entropy_with_gradient_accumulate',
    [[5, 8], [11, 8], [5], [], [11, 8], []],
    [[], [5], [5, 8], [11, 8]],
    LOSS,
    3 * 2 * 5 * 8 * 11 + 11 * 8,
  ],
  // One document of 64 tokens, 2 heads of width 8: each query sees 32 keys on average. Two products
  // forward, five backward.
  [
    'attention',
    [[64, 2, 8], [64, 1, 8], [64, 1, 8], [1, 4], null],
    [
      [64, 2, 8],
      [2, 64],
    ],
    ATTENTION,
    2 * (2 * 2 * 64 * 32 * 8),
  ],
  [
    'attention_backward',
    [[64, 2, 8], [64, 2, 8], [64, 1, 8], [64, 1, 8], [64, 2, 8], [2, 64], [1, 4], null],
    [[64, 2, 8], [64, 1, 8], [64, 1, 8], [0]],
    ATTENTION,
    5 * (2 * 2 * 64 * 32 * 8),
  ],
  // 3 queries and 7 keys of width 8 in 2 heads.
  [
    'sdpa',
    [
      [1, 2, 3, 8],
      [1, 2, 7, 8],
      [1, 2, 7, 8],
    ],
    [[1, 2, 3, 8]],
    {},
    2 * (2 * 2 * 3 * 7 * 8),
  ],
  // Each of 20 results is the sum of 3 taps, of 3 taps of 2 channels, and so on.
  [
    'depthwise_conv1d',
    [
      [1, 4, 5],
      [4, 1, 3],
    ],
    [[1, 4, 5]],
    {},
    2 * 20 * 3,
  ],
  [
    'depthwise_conv1d_weight_gradient',
    [
      [1, 4, 5],
      [1, 4, 5],
    ],
    [[4, 1, 3]],
    { taps: 3 },
    2 * 20 * 3,
  ],
  ['conv1d', [[1, 2, 7], [4, 2, 3], null], [[1, 4, 5]], CONVOLUTION, 2 * 20 * 6],
  ['conv1d', [[1, 2, 7], [4, 2, 3], [4]], [[1, 4, 5]], CONVOLUTION, 2 * 20 * 6 + 20],
  ['conv2d', [[1, 2, 3, 3], [5, 2, 2, 2], null], [[1, 5, 2, 2]], CONVOLUTION, 2 * 20 * 8],
  ['conv3d', [[1, 2, 2, 2, 2], [5, 2, 2, 1, 1], null], [[1, 5, 1, 2, 2]], CONVOLUTION, 2 * 20 * 4],
];
