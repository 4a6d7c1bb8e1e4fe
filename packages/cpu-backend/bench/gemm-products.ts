// The matrix products that training and decoding of these models make, as both benchmarks take
// them.
import type { DType } from '@automodel/core';

/** How the operands lie in memory, and whether the result is added to. */
export const LAYOUTS = {
  forward: 'x W^T',
  backward: 'dy W',
  'backward-add': 'dx += dy W',
  weight: 'dy^T x',
  'weight-add': 'dW += dy^T x',
  both: 'x^T W^T',
} as const;
export type Layout = keyof typeof LAYOUTS;

export interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly layout: Layout;
  readonly dtype: DType;
}

/** Linear layers: tokens, inputs, outputs. */
const LAYERS: readonly (readonly [tokens: number, inputs: number, outputs: number])[] = [
  // llama-21M, 4 x 512 tokens
  [2048, 384, 384],
  [2048, 384, 1024],
  [2048, 1024, 384],
  [2048, 384, 8192],
  // llama-135M, 512 tokens
  [512, 576, 192],
  [512, 576, 576],
  [512, 576, 1536],
  [512, 1536, 576],
  [512, 576, 8192],
  // qwen2-0.5B and gemma3-270M, and adapters of rank 16
  [512, 896, 128],
  [512, 896, 896],
  [512, 896, 4864],
  [512, 4864, 896],
  [512, 640, 2048],
  [512, 2048, 640],
  [512, 896, 16],
  [512, 16, 896],
  [512, 4864, 16],
  [512, 16, 4864],
  // a small model, 2 x 64 tokens
  [128, 128, 128],
  [128, 128, 344],
  [128, 344, 128],
  [128, 128, 2048],
];
/** M, N, K in every layout: squares, a short depth, edges of tiles. */
const SHAPES: readonly (readonly [m: number, n: number, k: number])[] = [
  [1024, 1024, 1024],
  [2048, 2048, 2048],
  [512, 512, 64],
  [2048, 2048, 32],
  [509, 383, 331],
];
/** N and K of products with one row, as decoding makes them. */
const ROWS: readonly (readonly [n: number, k: number])[] = [
  [576, 576],
  [1536, 576],
  [576, 1536],
  [2048, 2048],
  [49152, 576],
];

/** A layer's products: its result, the gradients of its inputs, those of its weights. */
const ofLayer = ([tokens, inputs, outputs]: (typeof LAYERS)[number], dtype: DType): Product[] => [
  { m: tokens, n: outputs, k: inputs, layout: 'forward', dtype },
  { m: tokens, n: inputs, k: outputs, layout: 'backward', dtype },
  { m: tokens, n: inputs, k: outputs, layout: 'backward-add', dtype },
  { m: outputs, n: inputs, k: tokens, layout: 'weight', dtype },
  { m: outputs, n: inputs, k: tokens, layout: 'weight-add', dtype },
];

const inAllLayouts = ([m, n, k]: (typeof SHAPES)[number], dtype: DType): Product[] =>
  (Object.keys(LAYOUTS) as Layout[]).map((layout) => ({ m, n, k, layout, dtype }));

export const productsOf = (dtype: DType): Product[] => [
  ...LAYERS.flatMap((layer) => ofLayer(layer, dtype)),
  ...SHAPES.flatMap((shape) => inAllLayouts(shape, dtype)),
  ...ROWS.map(([n, k]): Product => ({ m: 1, n, k, layout: 'forward', dtype })),
];
