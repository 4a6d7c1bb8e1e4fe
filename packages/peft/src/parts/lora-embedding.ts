// LoRA on an embedding: the row of id t is W[t] + s (B A)[:, t], with A [rank,rows] and B
// [width,rank] (Hugging Face PEFT's lora_embedding_A and _B). With DoRA each column of the table
// has a length that is trained.
import type { EmbeddingCall, ParameterScope } from '@automodel/contracts';
import {
  add,
  cast,
  detach,
  div,
  embedding,
  linear,
  matmul,
  mul,
  permute,
  sqrt,
  sum,
  type Tensor,
} from '@automodel/core';
import type { OwnParameter, Table } from './table-names.js';

/** How the embedding is adapted. */
export interface EmbeddingLora {
  readonly table: Table;
  readonly rank: number;
  readonly scale: number;
  readonly useDora: boolean;
}

/** What is stored for it. */
export function embeddingParameters({
  table: { module, shape },
  rank,
  useDora,
}: EmbeddingLora): readonly OwnParameter[] {
  const [rows, width] = shape;
  const own = (name: string, of: readonly number[]): OwnParameter => ({
    name: `${module}.${name}`,
    stored: `${module}.${name}`,
    shape: of,
  });
  return [
    own('lora_embedding_A', [rank, rows]),
    own('lora_embedding_B', [width, rank]),
    ...(useDora ? [own('lora_magnitude_vector', [width])] : []),
  ];
}

interface Read {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly magnitude: Tensor | undefined;
}

/** As in PEFT, A starts at zero and B with normal numbers. `root` is at the top of the model. */
function read(lora: EmbeddingLora, root: ParameterScope): Read {
  const [a, b, magnitude] = embeddingParameters(lora);
  const normal = { distribution: 'normal', standardDeviation: 1 } as const;
  return {
    a: root.parameter(a!.name, a!.shape, 'zeros'),
    b: root.parameter(b!.name, b!.shape, normal),
    magnitude:
      magnitude === undefined ? undefined : root.parameter(magnitude.name, magnitude.shape, 'ones'),
  };
}

/** f32[rows,width]: s (B A)^T. */
const change = ({ scale }: EmbeddingLora, { a, b }: Read): Tensor =>
  mul(permute(matmul(cast(b, 'f32'), cast(a, 'f32')), [1, 0]), scale);

/** f32[width]: lengths of the columns of the changed table. */
function columnNorms(lora: EmbeddingLora, own: Read, root: ParameterScope): Tensor {
  const { weight, shape } = lora.table;
  const changed = add(cast(root.parameter(weight, shape), 'f32'), change(lora, own));
  return sqrt(sum(mul(changed, changed), [0]));
}

/** The adapted look-up. */
export function loraEmbedding({ ids, scope, next }: EmbeddingCall, lora: EmbeddingLora): Tensor {
  const own = read(lora, scope.root);
  const narrow = embedding(permute(own.a, [1, 0]), ids, 'f32');
  const added = mul(linear(narrow, own.b), lora.scale);
  if (own.magnitude === undefined) return add(next(), added);
  const factor = div(own.magnitude, detach(columnNorms(lora, own, scope.root)));
  return add(mul(factor, next()), mul(factor, added));
}

/**
 * f32: the merged table; `scope` is at the top of the model. As in PEFT, the change is rounded to
 * the type of the table before it is added.
 */
export function mergedEmbedding(lora: EmbeddingLora, scope: ParameterScope): Tensor {
  const own = read(lora, scope);
  const table = scope.parameter(lora.table.weight, lora.table.shape);
  const added = change(lora, own);
  if (own.magnitude === undefined)
    return add(cast(table, 'f32'), cast(cast(added, table.dtype), 'f32'));
  const changed = add(cast(table, 'f32'), added);
  return mul(div(cast(own.magnitude, 'f32'), columnNorms(lora, own, scope)), changed);
}

/** A new DoRA starts with the lengths that the columns have. */
export const initialColumnNorms = (
  lora: EmbeddingLora,
  scope: ParameterScope,
): readonly [string, Tensor] => {
  const table = cast(scope.parameter(lora.table.weight, lora.table.shape), 'f32');
  return [`${lora.table.module}.lora_magnitude_vector`, sqrt(sum(mul(table, table), [0]))];
};
