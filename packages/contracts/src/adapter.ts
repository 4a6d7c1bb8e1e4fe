// An adapter adds parameters of its own to a frozen model, where the model calls linear modules,
// looks ids up or multiplies with its head, and may train parameters of the model itself. It knows
// no particular model, no files and no backend.
import type { Shape, Tensor } from '@automodel/core';
import type { Interceptor, ParameterRecord } from './interceptor.js';
import type { ParameterScope } from './model.js';

/**
 * A linear module of a model, by its full dotted name; or all matrices of a mixture of experts, by
 * the name of the parameter that holds them.
 */
export interface LinearModule {
  readonly name: string;
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** The parameter that holds its weight, and its shape. */
  readonly weight: string;
  readonly shape: Shape;
  /** The parameter is [count,out,in], or [count,in,out] when transposed. */
  readonly experts?: { readonly count: number; readonly transposed: boolean } | undefined;
}

/** The embedding of a model: a table [rows,width] that ids are looked up in. */
export interface EmbeddingModule {
  /** Full dotted name: `model.embed_tokens`. */
  readonly name: string;
  readonly shape: readonly [rows: number, width: number];
}

/** What an adapter may attach to in a model. */
export interface AdapterBase {
  /** The linear modules inside the model, in its order. */
  readonly modules: readonly LinearModule[];
  /** Absent: the model does not say where ids are looked up. */
  readonly embedding?: EmbeddingModule | undefined;
  /** The head; its `weight` is the embedding's where they are tied. Absent: not known. */
  readonly head?: LinearModule | undefined;
  /** Its tables have other rows than those of the folder, so that an adapter brings them along. */
  readonly isResized?: boolean | undefined;
  /** Everything the model reads. */
  readonly parameters: readonly Pick<ParameterRecord, 'name' | 'shape'>[];
}

/** A tensor of the model that has the adapter merged into it. */
export interface MergedTensor {
  /** Its Hugging Face name. */
  readonly name: string;
  readonly shape: Shape;
  /** f32, in its shape; `scope` is at the top of the model. */
  value(scope: ParameterScope): Tensor;
}

/** An adapter for one model. */
export interface Adapter {
  /** `lora` */
  readonly name: string;
  /** The modules it changes, in the model's order. */
  readonly modules: readonly { readonly name: string }[];
  readonly interceptor: Interceptor;
  /**
   * Whether a parameter belongs to the adapter: those are trained, all others are frozen. It may be
   * one of the model's own.
   */
  owns(parameter: string): boolean;
  /** The model's parameter that a parameter of a new adapter starts as a copy of. */
  startsAs?(parameter: string): string | undefined;
  /**
   * Frozen parameters of the model that the adapter brings along, such as the tables of a resized
   * vocabulary: their names in adapter_model.safetensors by the model's.
   */
  readonly tables?: ReadonlyMap<string, string> | undefined;
  /** The name of one of its parameters in adapter_model.safetensors. */
  storedName(parameter: string): string;
  /**
   * Names in adapter_model.safetensors under which a parameter is stored once more, because readers
   * look for it there: parameters by those names.
   */
  readonly copies?: ReadonlyMap<string, string> | undefined;
  /** The content of adapter_config.json. `base` names the model the adapter belongs to. */
  config(base: string): Readonly<Record<string, unknown>>;
  /**
   * Parameters of a new adapter that are computed from the model's, with `scope` at the top of the
   * model: pairs of a parameter's name and its initial value in f32.
   */
  initial?(scope: ParameterScope): readonly (readonly [parameter: string, value: Tensor])[];
  /**
   * The tensors that merging changes or adds, in the model's order. Errors: `unsupported` naming
   * what the model has no place for.
   */
  merged(): readonly MergedTensor[];
}

/** An adapter folder as read from disk. */
export interface StoredAdapter {
  /** Named in errors. */
  readonly path: string;
  /** adapter_config.json as parsed. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Shapes of the tensors of adapter_model.safetensors, by their names there. */
  readonly shapes: ReadonlyMap<string, Shape>;
}

/** A kind of adapter. */
export interface AdapterPlugin {
  readonly kind: 'adapter';
  readonly apiVersion: 1;
  /** The `type` of a recipe's peft section. */
  readonly name: string;
  /**
   * Creates an adapter. `options` is a recipe's peft section. Errors name the key, or list the
   * model's modules if none matches.
   */
  create(options: Readonly<Record<string, unknown>>, base: AdapterBase): Adapter;
  /**
   * Opens a saved adapter. Errors name the file and key, or the tensors that do not fit the model.
   */
  open(stored: StoredAdapter, base: AdapterBase): Adapter;
}
