// The parts of a model that a profile adds up over, from the scope of a step.

/** A scope cut behind its first number: the layer, and what is in it. */
const LAYER = /^((?:[^.]+\.)*?\d+)(?:\.(.+))?$/;
const NUMBER = /(^|\.)\d+(?=\.|$)/g;
const NONE = '(outside modules)';

/** `model.layers.3` for `model.layers.3.mlp.up_proj`; a scope outside layers as it is. */
export const layerOf = (scope: string): string => LAYER.exec(scope)?.[1] ?? named(scope);

/**
 * The same in every layer: `self_attn.q_proj`, `mlp.experts.*.up_proj`, `model.layers.*` for what
 * is directly in a layer, `lm_head` for what is outside.
 */
export const moduleKind = (scope: string): string =>
  named((LAYER.exec(scope)?.[2] ?? scope).replaceAll(NUMBER, '$1*'));

const named = (scope: string): string => (scope === '' ? NONE : scope);
