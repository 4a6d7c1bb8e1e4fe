// The seam where adapters and parallelism meet a model: reads of parameters and calls of linear
// modules, under Hugging Face's names. An interceptor knows neither the model nor other
// interceptors.
import type { DType, Shape, Tensor } from '@automodel/core';
import type { GroupedLinearShape, Initializer, ParameterScope } from './model.js';
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
}
