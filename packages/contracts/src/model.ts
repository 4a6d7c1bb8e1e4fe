// What a model family is: a function from parameters and a packed batch to hidden states, under
// Hugging Face's parameter names. It knows no backend, adapter or parallelism.
import type { DType, Graph, Shape, Tensor } from '@automodel/core';

/** config.json as parsed, untouched. */
export type ModelConfig = Readonly<Record<string, unknown>>;

/**
 * How a parameter starts when it is trained from scratch; plain `normal` has the model's
 * `initializerRange` as standard deviation.
 */
export type Initializer = 'normal' | 'ones' | 'zeros' | InitialDistribution;

/**
 * Random numbers of a kind of their own: normal around 0, uniform in [-bound, bound), or the rows
 * of a matrix [R,C], R <= C, orthonormal.
 */
export type InitialDistribution =
  | { readonly distribution: 'normal'; readonly standardDeviation: number }
  | { readonly distribution: 'uniform'; readonly bound: number }
  | { readonly distribution: 'orthogonal' };

/**
 * Where a model reads its parameters: the seam that adapters and parallelism wrap. A scope stands
 * at a dotted module path; names are Hugging Face's.
 */
export interface ParameterScope {
  readonly path: string;
  /** Runs `body` in the child module `name` (may be dotted). */
  within<T>(name: string, body: (scope: ParameterScope) => T): T;
  /**
   * The parameter `<path>.<name>` of this shape. `dtype`: of one that is no float and therefore
   * never trained.
   */
  parameter(name: string, shape: Shape, initializer?: Initializer, dtype?: DType): Tensor;
  /**
   * x[...,in] -> [...,outFeatures] through the linear module `name` (parameters `<name>.weight`
   * and, when asked for, `<name>.bias`).
   */
  linear(name: string, x: Tensor, outFeatures: number, bias: boolean): Tensor;
  /**
   * x[N,in] -> [N,outFeatures]: row n times the matrix of its expert, experts i64|i32[N]. `weight`
   * names the parameter of all matrices itself.
   */
  groupedLinear(weight: string, x: Tensor, experts: Tensor, shape: GroupedLinearShape): Tensor;
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

/** A packed batch as models see it: T tokens, S segments. */
export interface DecoderBatch {
  /** i32[T] */
  readonly inputIds: Tensor;
  /** i32[T]: position within the token's own document. */
  readonly positions: Tensor;
  /**
   * i32[T]: length of the token's own document; read only by models whose `needsDocumentLengths` is
   * true.
   */
  readonly documentLengths: Tensor | undefined;
  /** i32[S,4]: rows (q_start, q_length, k_start, k_length). */
  readonly segments: Tensor;
}

/**
 * Keys and values of earlier tokens while decoding: takes a layer's new rows and gives all rows the
 * layer may attend to.
 */
export interface KeyValueStore {
  extend(
    layer: number,
    keys: Tensor,
    values: Tensor,
  ): { readonly keys: Tensor; readonly values: Tensor };
}

/** The last product of a language model: logits = softcap(hidden weight^T). */
export interface LanguageModelHead {
  /** [V,D] */
  readonly weight: Tensor;
  /** logits become softcap * tanh(logits / softcap); 0: off. */
  readonly softcap: number;
}

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

/** What every language model says of itself. */
interface ModelFacts {
  readonly modelType: string;
  readonly vocabularySize: number;
  readonly maxPositions: number;
}

/** A hand-written model: it runs over packed batches and decodes with a cache. */
export interface CausalLanguageModel extends ModelFacts {
  readonly kind?: 'packed';
  readonly hiddenSize: number;
  readonly initializerRange: number;
  /** The head reads the embedding table: there is no `lm_head.weight`. */
  readonly tiedHead: boolean;
  readonly needsDocumentLengths: boolean;
  readonly keyValues: readonly KeyValueLayer[];
  forward(scope: ParameterScope, batch: DecoderBatch, store?: KeyValueStore): DecoderOutput;
}

/**
 * A batch of `rows` documents, one a row, padded on the right to `columns`: the one shape a
 * recorded model knows.
 */
export interface RecordedBatch {
  /** i64[B,S] */
  readonly inputIds: Tensor;
  /** i64[B,S]: 1 where a token is real. */
  readonly attentionMask: Tensor;
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

/**
 * A model whose forward pass was recorded for one batch shape: documents are never packed, and
 * nothing is cached. `maxPositions` equals `columns`.
 */
export interface RecordedLanguageModel extends ModelFacts {
  readonly kind: 'recorded';
  /** Class that was recorded: `MixtralForCausalLM`. */
  readonly architecture: string;
  /** Where the graph came from, for messages. */
  readonly source: string;
  /** B: documents of a micro-batch. */
  readonly rows: number;
  /** S: most tokens of a document. */
  readonly columns: number;
  /** Id in unused places; no kept result depends on it. */
  readonly padTokenId: number;
  /** The forward graph with the fused ops that its structure allows. */
  prepare(graph: Graph): PreparedGraph;
  /** Logits [B,S,V]. Errors name node and module. */
  forward(scope: ParameterScope, batch: RecordedBatch): Tensor;
}

export type LanguageModel = CausalLanguageModel | RecordedLanguageModel;

/** A package of model families. */
export interface ModelPlugin {
  readonly kind: 'model';
  readonly apiVersion: 1;
  readonly name: string;
  /** The `model_type` values it implements. */
  readonly modelTypes: readonly string[];
  /** Errors: a config that asks for something without an implementation, by name. */
  create(config: ModelConfig): CausalLanguageModel;
}
