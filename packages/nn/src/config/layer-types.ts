// Which layers attend to a sliding window: `layer_types` of transformers 5, or the older keys that
// it replaces.
import { AutomodelError } from '@automodel/core';
import type { ConfigReader } from './config-reader.js';

/** Whether a layer attends to all earlier positions or to a window of them. */
export type LayerType = 'full_attention' | 'sliding_attention';

/**
 * The type of each layer. `older` says which layers have a window in configs without `layer_types`.
 * Errors: a wrong number of entries, an unknown type by name.
 */
export function layerTypes(config: ConfigReader, older: (layer: number) => boolean): LayerType[] {
  const layers = config.size('num_hidden_layers');
  if (!config.has('layer_types'))
    return Array.from({ length: layers }, (_, i) =>
      older(i) ? 'sliding_attention' : 'full_attention',
    );
  const types = config.texts('layer_types');
  if (types.length !== layers)
    throw new AutomodelError(
      'bad-config',
      `config.json: layer_types has ${types.length} entries for ${layers} layers`,
    );
  return types.map((type) => {
    if (type !== 'full_attention' && type !== 'sliding_attention')
      throw new AutomodelError(
        'unsupported',
        `config.json: layer type ${JSON.stringify(type)} is not supported`,
      );
    return type;
  });
}
