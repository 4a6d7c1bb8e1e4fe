// RoPE settings from config.json, as written by transformers 4 (rope_theta, rope_scaling) and 5 (rope_parameters, flat or per layer type), in one form.
import type { ModelConfig } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { ConfigReader } from '../config/config-reader.js';
import type { LayerType } from '../config/layer-types.js';

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

/** Where older configs keep the base, and the base when nothing says it. */
export interface RopeDefaults {
  readonly thetaKey?: string;
  readonly theta?: number;
  /** False: `rope_scaling` of older configs does not apply (Gemma 3's local layers). */
  readonly scaled?: boolean;
}

/** The RoPE of layers of `layerType`. Errors: an unknown type, a partial rotation, by key. */
export function ropeParameters(config: ConfigReader, headWidth: number, layerType: LayerType, defaults: RopeDefaults = {}): RopeParameters {
  const written = config.object('rope_parameters');
  const nested = written?.[layerType] as ModelConfig | null | undefined;
  const perLayer = written !== undefined && ('full_attention' in written || 'sliding_attention' in written);
  const scaling = defaults.scaled === false ? undefined : config.object('rope_scaling');
  const own = new ConfigReader({ ...(perLayer ? nested ?? {} : { ...written, ...scaling }), ...(perLayer && scaling !== undefined ? scaling : {}), model_type: config.raw['model_type'] });
  const type = own.text('rope_type', own.text('type', 'default'));
  if (!TYPES.includes(type)) throw new AutomodelError('unsupported', `config.json: RoPE type ${JSON.stringify(type)} is not supported`, { hint: `supported: ${TYPES.join(', ')}` });
  own.refuse('partial_rotary_factor', [1]);
  config.refuse('partial_rotary_factor', [1]);
  const theta = own.number('rope_theta', config.number(defaults.thetaKey ?? 'rope_theta', defaults.theta ?? 10000));
  return { type: type as RopeType, theta, width: headWidth, maxPositions: config.size('max_position_embeddings', 2048), settings: own };
}
