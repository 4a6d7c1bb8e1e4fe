// An adapter adds parameters of its own to a frozen model, where the model calls linear modules. It
// knows no particular model, no files and no backend.
import type { Shape, Tensor } from '@automodel/core';
import type { Interceptor } from './interceptor.js';
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

/** An adapter for the linear modules of one model. */
export interface Adapter {
  /** `lora` */
  readonly name: string;
  /** The modules it changes, in the model's order. */
  readonly modules: readonly LinearModule[];
  readonly interceptor: Interceptor;
  /** Whether a parameter belongs to the adapter: those are trained, all others are frozen. */
  owns(parameter: string): boolean;
  /** The name of one of its parameters in adapter_model.safetensors. */
  storedName(parameter: string): string;
  /** The content of adapter_config.json. `base` names the model the adapter belongs to. */
  config(base: string): Readonly<Record<string, unknown>>;
  /**
   * Parameters of a new adapter that are computed from the model's: called for each module, with
   * `scope` at the top of the model; returns pairs of a parameter's name and its initial value in
   * f32.
   */
  initial?(
    module: LinearModule,
    scope: ParameterScope,
  ): readonly (readonly [parameter: string, value: Tensor])[];
  /**
   * The module's weight with the adapter merged into it: f32, in the weight's shape. `scope` is at
   * the top of the model.
   */
  mergedWeight(module: LinearModule, scope: ParameterScope): Tensor;
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
  create(options: Readonly<Record<string, unknown>>, modules: readonly LinearModule[]): Adapter;
  /**
   * Opens a saved adapter. Errors name the file and key, or the tensors that do not fit the model.
   */
  open(stored: StoredAdapter, modules: readonly LinearModule[]): Adapter;
}
