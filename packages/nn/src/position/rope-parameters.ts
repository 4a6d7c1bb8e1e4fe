// RoPE settings from config.json, as written by transformers 4 (rope_theta, rope_scaling) and 5
// (rope_parameters, flat or per layer type), in one form.
import type { ModelConfig } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { ConfigReader } from '../config/config-reader.js';
import type { LayerType } from '../config/layer-types.js';
import { inverseFrequencies } from './inverse-frequencies.js';

/** The RoPE variants that are implemented, by their names in transformers. */
export type RopeType = 'default' | 'linear' | 'dynamic' | 'llama3' | 'yarn';

/** One RoPE: what its frequencies are made from. `settings` holds the keys of its type. */
export interface RopeParameters {
  readonly type: RopeType;
  readonly theta: number;
  /** Rotated width of a head. */
  readonly width: number;
  readonly maxPositions: number;
  readonly settings: ConfigReader;
}

const TYPES: readonly string[] = ['default', 'linear', 'dynamic', 'llama3', 'yarn'];

/** Where older configs keep the base, and values for keys that config.json leaves out. */
export interface RopeDefaults {
  readonly thetaKey?: string;
  readonly theta?: number;
  /** `max_position_embeddings` when absent; 2048 if not given. */
  readonly maxPositions?: number;
  /** False: `rope_scaling` of older configs does not apply (Gemma 3's local layers). */
  readonly scaled?: boolean;
}

const ORIGINAL = 'original_max_position_embeddings';

/**
 * The settings as transformers 5 reads them: `rope_scaling` is added to settings per layer type.
 * Otherwise a `rope_scaling` that is not empty replaces the settings, and a trained length at the
 * top of config.json wins over one inside them.
 */
function writtenSettings(config: ConfigReader, layerType: LayerType, scaled: boolean): ModelConfig {
  const written = config.object('rope_parameters') ?? {};
  const scaling = (scaled ? config.object('rope_scaling') : undefined) ?? {};
  if ('full_attention' in written || 'sliding_attention' in written)
    return { ...new ConfigReader(written).object(layerType), ...scaling };
  return {
    ...(Object.keys(scaling).length > 0 ? scaling : written),
    ...(config.has(ORIGINAL) ? { [ORIGINAL]: config.raw[ORIGINAL] } : {}),
  };
}

/**
 * The RoPE of layers of `layerType`. Errors: an unknown type, a partial rotation, a setting that
 * its type lacks, by key; an odd head width.
 */
export function ropeParameters(
  config: ConfigReader,
  headWidth: number,
  layerType: LayerType,
  defaults: RopeDefaults = {},
): RopeParameters {
  const own = new ConfigReader({
    ...writtenSettings(config, layerType, defaults.scaled !== false),
    model_type: config.raw['model_type'],
  });
  const type = own.text('rope_type', own.text('type', 'default'));
  if (!TYPES.includes(type))
    throw new AutomodelError(
      'unsupported',
      `config.json: RoPE type ${JSON.stringify(type)} is not supported`,
      { hint: `supported: ${TYPES.join(', ')}` },
    );
  own.refuse('partial_rotary_factor', [1]);
  config.refuse('partial_rotary_factor', [1]);
  if (headWidth % 2 !== 0)
    throw new AutomodelError(
      'bad-config',
      `config.json: a head width of ${headWidth} cannot be rotated by halves: head_dim (or ` +
        'hidden_size / num_attention_heads) must be even',
    );
  const theta = own.positive(
    'rope_theta',
    config.positive(defaults.thetaKey ?? 'rope_theta', defaults.theta ?? 10000),
  );
  const rope: RopeParameters = {
    type: type as RopeType,
    theta,
    width: headWidth,
    maxPositions: config.size('max_position_embeddings', defaults.maxPositions ?? 2048),
    settings: own,
  };
  checkSettings(rope);
  return rope;
}

/** Checks the settings that a type needs when the model is made, not when it is first traced. */
function checkSettings(rope: RopeParameters): void {
  if (rope.type === 'dynamic') rope.settings.positive('factor');
  if (!inverseFrequencies(rope).values.every(Number.isFinite))
    throw new AutomodelError(
      'bad-config',
      `config.json: the settings of RoPE type ${JSON.stringify(rope.type)} give frequencies that ` +
        'are not numbers',
    );
}
