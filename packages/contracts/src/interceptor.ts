// The seam where adapters and parallelism meet a model: reads of parameters and calls of linear
// modules, embeddings and heads, under Hugging Face's names. An interceptor knows neither the model
// nor other interceptors.
import type { DType, Shape, Tensor } from '@automodel/core';
import type { GroupedLinearShape, HeadWeight, Initializer, ParameterScope } from './model.js';
import type { Placement } from './placement.js';

/** A parameter that a model read while it was traced. */
export interface ParameterRecord {
  readonly name: string;
  readonly shape: Shape;
  readonly initializer: Initializer;
  /**
   * Only for parameters that are not floats: the dtype they must be stored in. They are never
   * trained.
   */
  readonly dtype?: DType | undefined;
}

/** A call of a linear module: x[...,in] -> [...,outFeatures]. */
export interface LinearCall {
  /** Full dotted name: `model.layers.0.self_attn.q_proj`. */
  readonly module: string;
  readonly x: Tensor;
  readonly outFeatures: number;
  readonly bias: boolean;
  /** The scope of the module: adapters read its parameters and their own through it. */
  readonly scope: ParameterScope;
  /** The call without this interceptor. */
  readonly next: () => Tensor;
}

/** A product of rows with the matrices of their experts: x[N,in] -> [N,outFeatures]. */
export interface GroupedLinearCall {
  /** Full name of the parameter that holds all matrices. */
  readonly weight: string;
  readonly x: Tensor;
  /** i64|i32[N] */
  readonly experts: Tensor;
  readonly shape: GroupedLinearShape;
  /** The scope in which the product is computed. */
  readonly scope: ParameterScope;
  readonly next: () => Tensor;
}

/** A look-up of ids i32[T] in an embedding table [rows,width]: f32[T,width]. */
export interface EmbeddingCall {
  /** Full dotted name: `model.embed_tokens`. */
  readonly module: string;
  readonly ids: Tensor;
  readonly shape: readonly [rows: number, width: number];
  /** The scope of the module. */
  readonly scope: ParameterScope;
  readonly next: () => Tensor;
}

/** The last product of a language model, as it is described: nothing is computed yet. */
export interface HeadCall {
  /** Full dotted name: `lm_head`. */
  readonly module: string;
  readonly shape: readonly [vocabulary: number, width: number];
  /** Full name of the parameter it multiplies with: the embedding's if they are tied. */
  readonly weight: string;
  /** The scope of the module. */
  readonly scope: ParameterScope;
  readonly next: () => HeadWeight;
}

/** What an interceptor wraps. Without a method, the call passes unchanged. */
export interface Interceptor {
  /**
   * How a parameter is held in memory; undefined: whole, in its own shape. Everything that sizes,
   * loads or saves a parameter, its gradient or its optimizer states asks this. `read` then gets
   * the tensor in memory from `next` and returns the whole one. Only the first interceptor of a
   * model may place parameters: the others get what it returns.
   */
  placement?(record: ParameterRecord): Placement | undefined;
  read?(record: ParameterRecord, next: () => Tensor): Tensor;
  linear?(call: LinearCall): Tensor;
  groupedLinear?(call: GroupedLinearCall): Tensor;
  embedding?(call: EmbeddingCall): Tensor;
  head?(call: HeadCall): HeadWeight;
}
