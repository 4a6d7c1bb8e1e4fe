// The options of a new LoRA adapter: NeMo's keys, as they stand in a recipe's peft section. Unknown
// keys and impossible values are refused by key.
import { AutomodelError } from '@automodel/core';
import type { InitialDistribution } from '@automodel/contracts';
import { extraSettings, type ExtraSettings } from './extra-settings.js';
import { ALL_LINEAR, type TargetModules } from './target-modules.js';

/** A recipe's peft section, and what `lora(...)` takes. */
export interface LoraOptions {
  readonly type?: 'lora';
  /**
   * Patterns (`*_proj`), suffix names (`q_proj`), a regular expression or `all-linear`. Default
   * `*_proj`.
   */
  readonly target_modules?: string | readonly string[];
  readonly exclude_modules?: string | readonly string[];
  /** Every linear module. */
  readonly match_all_linear?: boolean;
  /** Rank. Default 8. */
  readonly dim?: number;
  /** The change is scaled by alpha / dim. Default 32. */
  readonly alpha?: number;
  /** Scale by alpha / sqrt(dim) instead (Kalajdzievski 2023). */
  readonly use_rslora?: boolean;
  readonly use_dora?: boolean;
  readonly dropout?: number;
  readonly dropout_position?: 'pre' | 'post';
  /**
   * How A starts; B is zero. `xavier` and `normal` are Glorot's normal numbers, `kaiming` PEFT's
   * default. Default xavier.
   */
  readonly lora_A_init?: 'xavier' | 'normal' | 'kaiming' | 'orthogonal';
  /** Modules that are trained whole, by the ends of their names, as in PEFT. */
  readonly modules_to_save?: readonly string[];
  /** Rows of the embedding that are trained, or of embedding and head by name. */
  readonly trainable_token_indices?:
    readonly number[] | Readonly<Record<string, readonly number[]>>;
  /** B has a bias. */
  readonly lora_bias?: boolean;
  /** Biases of the model that are trained. */
  readonly bias?: 'none' | 'all' | 'lora_only';
  /** A head that is tied to the embedding stays tied when one of them is trained whole. */
  readonly ensure_weight_tying?: boolean;
}

/** The same, checked and complete. */
export interface LoraPlan extends ExtraSettings {
  readonly targets: TargetModules;
  readonly rank: number;
  readonly alpha: number;
  readonly useRslora: boolean;
  readonly useDora: boolean;
  readonly dropout: number;
  readonly dropoutPosition: 'pre' | 'post';
  readonly initializer: (inFeatures: number) => InitialDistribution;
}

const KEYS = new Set([
  'type',
  'target_modules',
  'exclude_modules',
  'match_all_linear',
  'dim',
  'alpha',
  'use_rslora',
  'use_dora',
  'dropout',
  'dropout_position',
  'lora_A_init',
  'modules_to_save',
  'trainable_token_indices',
  'lora_bias',
  'bias',
  'ensure_weight_tying',
]);

const refuse = (key: string, wanted: string, value: unknown): AutomodelError =>
  new AutomodelError('bad-argument', `peft.${key} must be ${wanted}, not ${JSON.stringify(value)}`);

/** Errors: `bad-argument` naming the key. */
export function checkLoraOptions(options: Readonly<Record<string, unknown>>): LoraPlan {
  for (const key of Object.keys(options))
    if (!KEYS.has(key))
      throw new AutomodelError('bad-argument', `peft.${key} is not an option of LoRA`, {
        hint: `options: ${[...KEYS].join(', ')}`,
      });
  const {
    dim = 8,
    alpha = 32,
    use_rslora = false,
    use_dora = false,
    dropout = 0,
    dropout_position = 'post',
    lora_A_init = 'xavier',
  } = options as LoraOptions;
  if (!Number.isSafeInteger(dim) || dim < 1) throw refuse('dim', 'a positive whole number', dim);
  if (!Number.isFinite(alpha) || alpha <= 0) throw refuse('alpha', 'a number above 0', alpha);
  if (!(dropout >= 0 && dropout < 1)) throw refuse('dropout', 'at least 0 and below 1', dropout);
  if (dropout_position !== 'pre' && dropout_position !== 'post')
    throw refuse('dropout_position', '"pre" or "post"', dropout_position);
  for (const [key, value] of [
    ['use_rslora', use_rslora],
    ['use_dora', use_dora],
  ] as const)
    if (typeof value !== 'boolean') throw refuse(key, 'true or false', value);
  return {
    targets: targetsOf(options as LoraOptions),
    rank: dim,
    alpha,
    useRslora: use_rslora,
    useDora: use_dora,
    dropout,
    dropoutPosition: dropout_position,
    ...extraSettings(options, refuse),
    initializer: initializerOf(lora_A_init, dim),
  };
}

/** NeMo's defaults: every projection without options, everything else with only exclusions. */
function targetsOf({
  target_modules = [],
  exclude_modules = [],
  match_all_linear = false,
}: LoraOptions): TargetModules {
  const wanted = listOf(target_modules, 'target_modules');
  const exclude = listOf(exclude_modules, 'exclude_modules');
  if (match_all_linear && wanted.length > 0)
    throw new AutomodelError(
      'bad-argument',
      'peft.match_all_linear and peft.target_modules exclude each other',
      { hint: 'leave one of them out' },
    );
  if (wanted.length > 0) return { targets: wanted, exclude };
  const everything = match_all_linear || exclude.length > 0;
  return { targets: [everything ? ALL_LINEAR : '*_proj'], exclude };
}

function listOf(value: unknown, key: string): readonly string[] {
  const list = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list) || list.some((item) => typeof item !== 'string' || item === ''))
    throw refuse(key, 'a name or a list of names', value);
  return list as string[];
}

/**
 * Initializer of A[rank,in]: torch.nn.init.xavier_normal_, kaiming_uniform_(a=sqrt(5)) and
 * orthogonal_.
 */
function initializerOf(name: string, rank: number): (inFeatures: number) => InitialDistribution {
  switch (name) {
    case 'xavier':
    case 'normal':
      return (inFeatures) => ({
        distribution: 'normal',
        standardDeviation: Math.sqrt(2 / (inFeatures + rank)),
      });
    case 'kaiming':
      return (inFeatures) => ({ distribution: 'uniform', bound: 1 / Math.sqrt(inFeatures) });
    case 'orthogonal':
      return () => ({ distribution: 'orthogonal' });
    default:
      throw refuse('lora_A_init', '"xavier", "normal", "kaiming" or "orthogonal"', name);
  }
}
