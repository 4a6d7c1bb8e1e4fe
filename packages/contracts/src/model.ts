// A model family is a function from parameters and a packed batch to hidden states, under Hugging
// Face's parameter names. It knows no backend, adapter or parallelism.
import type { DType, Graph, Shape, Tensor } from '@automodel/core';
import type { BatchLayout, BatchTensors } from './batch.js';
import type { ParameterNames } from './parameter-names.js';

/** config.json as parsed, untouched. */
export type ModelConfig = Readonly<Record<string, unknown>>;

/**
 * How a parameter starts when it is trained from scratch; plain `normal` has the model's
 * `initializerRange` as standard deviation.
 */
export type Initializer = 'normal' | 'ones' | 'zeros' | InitialDistribution;

/**
 * A distribution of random numbers: normal around 0, uniform in [-bound, bound), or the orthonormal
 * rows of a matrix [R,C], R <= C.
 */
export type InitialDistribution =
  | { readonly distribution: 'normal'; readonly standardDeviation: number }
  | { readonly distribution: 'uniform'; readonly bound: number }
  | { readonly distribution: 'orthogonal' };

/**
 * Where a model reads its parameters: the seam that adapters and parallelism wrap. A scope belongs
 * to a dotted module path; names are Hugging Face's.
 */
export interface ParameterScope {
  readonly path: string;
  /** The scope at the top of the model. */
  readonly root: ParameterScope;
  /** Runs `body` in the child module `name` (may be dotted). */
  within<T>(name: string, body: (scope: ParameterScope) => T): T;
  /**
   * The parameter `<path>.<name>` of this shape. `dtype`: only for a parameter that is not a float
   * and therefore never trained.
   */
  parameter(name: string, shape: Shape, initializer?: Initializer, dtype?: DType): Tensor;
  /**
   * x[...,in] -> [...,outFeatures] through the linear module `name` (parameters `<name>.weight`
   * and, when asked for, `<name>.bias`).
   */
  linear(name: string, x: Tensor, outFeatures: number, bias: boolean): Tensor;
  /**
   * x[N,in] -> [N,outFeatures]: row n times the matrix of its expert, experts i64|i32[N]. `weight`
   * is the name of the parameter that holds all matrices.
   */
  groupedLinear(weight: string, x: Tensor, experts: Tensor, shape: GroupedLinearShape): Tensor;
  /** Rows of the table `<name>.weight` [rows,width] for ids i32[T]: f32[T,width]. */
  embedding(name: string, ids: Tensor, shape: readonly [rows: number, width: number]): Tensor;
  /**
   * What the last product multiplies with: `<name>.weight` [vocabulary,width], or the parameter
   * `tied` of this scope.
   */
  head(
    name: string,
    shape: readonly [vocabulary: number, width: number],
    tied?: string | undefined,
  ): HeadWeight;
  /**
   * x in training with each element zeroed with probability `p` and the rest scaled by 1 / (1 - p);
   * x itself otherwise.
   */
  dropout(x: Tensor, p: number): Tensor;
}

/**
 * Matrices of a mixture of experts: [count,outFeatures,in], or [count,in,outFeatures] when
 * transposed; `bias` names a parameter [count,outFeatures].
 */
export interface GroupedLinearShape {
  readonly count: number;
  readonly outFeatures: number;
  readonly transposed: boolean;
  readonly bias?: string | undefined;
}

/**
 * Keys and values of earlier tokens while decoding: takes a layer's new rows and returns all rows
 * that the layer may attend to.
 */
export interface KeyValueStore {
  extend(
    layer: number,
    keys: Tensor,
    values: Tensor,
  ): { readonly keys: Tensor; readonly values: Tensor };
}

/** What the last product of a language model multiplies with. */
export interface HeadWeight {
  /** [V,D] */
  readonly weight: Tensor;
  /**
   * hidden[N,D] -> [N,V], where it is more than the product with the weight. The loss then has
   * logits in memory.
   */
  readonly project?: ((hidden: Tensor) => Tensor) | undefined;
}

/** The last product of a language model: logits = softcap(hidden weight^T). */
export interface LanguageModelHead extends HeadWeight {
  /** logits become softcap * tanh(logits / softcap); 0: off. */
  readonly softcap: number;
}

/** What a decoder computes before its last product. */
export interface DecoderOutput {
  /** [T,D] after the final norm. */
  readonly hidden: Tensor;
  readonly head: LanguageModelHead;
}

/** Sizes of one layer's keys and values; `window` 0 means all positions. */
export interface KeyValueLayer {
  readonly heads: number;
  readonly width: number;
  readonly window: number;
}

/** Something that looked like a fusible pattern and was left as it is. */
export interface MissedStructure {
  readonly pattern: string;
  /** Module path of the node, as recorded. */
  readonly scope: string;
  readonly reason: string;
}

/** What fusion did to a recorded graph. */
export interface StructureReport {
  readonly nodesBefore: number;
  readonly nodesAfter: number;
  /** How many times each pass applied, in the order of the passes. */
  readonly fused: readonly { readonly pass: string; readonly count: number }[];
  /** What looked like a pattern and was left as it is. */
  readonly missed: readonly MissedStructure[];
}

/** A forward graph as the compiler should get it. */
export interface PreparedGraph {
  readonly graph: Graph;
  readonly report: StructureReport;
}

/** The result of a forward pass: hidden states before the last product, or logits [B,S,V]. */
export type ModelOutput = DecoderOutput | { readonly logits: Tensor };

/** How a model continues a text without reading all of it again. */
export interface CachedDecoding {
  /** What each layer keeps. */
  readonly keyValues: readonly KeyValueLayer[];
  /**
   * Beyond `maxPositions`, the rotation of keys depends on the length of the text (dynamic RoPE):
   * the cache is then filled again for each token, and the text may grow without limit.
   */
  readonly turnsWithLength: boolean;
}

/** A language model: everything that programs, loaders and savers need to know about it. */
export interface LanguageModel {
  readonly modelType: string;
  readonly vocabularySize: number;
  /** Maximum length of the documents it was made for, in tokens. */
  readonly maxPositions: number;
  /** The columns it reads, and how documents lie in its batches. */
  readonly batch: BatchLayout;
  /** The names of its embedding and head. Absent: they are not known. */
  readonly names?: ParameterNames | undefined;
  /** Whether the head reads the embedding table. Absent: not known, and a stored head is kept. */
  readonly tiedHead?: boolean | undefined;
  /** Standard deviation of `normal` initial values. Absent: it cannot be trained from scratch. */
  readonly initializerRange?: number | undefined;
  /** Absent: the whole text goes through the model again for each token. */
  readonly decode?: CachedDecoding | undefined;
  /** It may leave tensors of its folder unread, even in its own modules. */
  readonly ignoresTensors?: boolean | undefined;
  /** It reads parameters that the loss does not reach; they are stored and never trained. */
  readonly readsUntrained?: boolean | undefined;
  /** Files that a saved model needs besides config and weights: path by name in the folder. */
  readonly files?: ReadonlyMap<string, string> | undefined;
  /** What a user should know before running it, one sentence each. */
  readonly notes?: readonly string[] | undefined;
  /** The forward graph with the fused ops that its structure allows. Absent: nothing to fuse. */
  prepare?(graph: Graph): PreparedGraph;
  /** Errors of a model that comes from a file name the node and its module. */
  forward(scope: ParameterScope, batch: BatchTensors, store?: KeyValueStore): ModelOutput;
}

/** A package of model families. */
export interface ModelPlugin {
  readonly kind: 'model';
  readonly apiVersion: 1;
  readonly name: string;
  /** The `model_type` values it implements. */
  readonly modelTypes: readonly string[];
  /** Errors name what the config asks for and this package does not implement. */
  create(config: ModelConfig): LanguageModel;
}
