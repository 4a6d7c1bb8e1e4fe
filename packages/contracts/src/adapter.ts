// What an adapter is: parameters of its own beside a frozen model, attached where the model calls
// linear modules. It knows no model, no file and no backend.
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

export interface Adapter {
  /** `lora` */
  readonly name: string;
  /** The modules it changes, in the model's order. */
  readonly modules: readonly LinearModule[];
  readonly interceptor: Interceptor;
  /** Whether a parameter is one of its own: those are trained, all others are frozen. */
  owns(parameter: string): boolean;
  /** What an own parameter is called in adapter_model.safetensors. */
  storedName(parameter: string): string;
  /** The content of adapter_config.json. `base` names the model the adapter belongs to. */
  config(base: string): Readonly<Record<string, unknown>>;
  /**
   * Own parameters of a new adapter that follow from the model's: called at the top of the model
   * for a module, gives pairs of a parameter's name and its first value in f32.
   */
  initial?(
    module: LinearModule,
    scope: ParameterScope,
  ): readonly (readonly [parameter: string, value: Tensor])[];
  /**
   * f32, in the weight's shape: the module's weight with the adapter's part in it. `scope` stands
   * at the top of the model.
   */
  mergedWeight(module: LinearModule, scope: ParameterScope): Tensor;
}

/** An adapter folder as read from disk. */
export interface StoredAdapter {
  /** For errors. */
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
   * A new adapter. `options` is a recipe's peft section; errors name the key, or the modules there
   * are when none matches.
   */
  create(options: Readonly<Record<string, unknown>>, modules: readonly LinearModule[]): Adapter;
  /**
   * An adapter that was saved. Errors name file and key, or the tensors that do not fit the model.
   */
  open(stored: StoredAdapter, modules: readonly LinearModule[]): Adapter;
}
