// Settings of an adapter beside its low-rank matrices, read alike from adapter_config.json and from
// a recipe: which modules and biases are trained whole, and which rows of tables.

/** Rows of the embedding, or of tables by name. */
export type TokenIndices = readonly number[] | Readonly<Record<string, readonly number[]>> | null;

/** Under PEFT's names. */
export interface ExtraSettings {
  readonly bias: 'none' | 'all' | 'lora_only';
  readonly modulesToSave: readonly string[];
  readonly tokenIndices: TokenIndices;
  readonly ensureWeightTying: boolean;
  readonly loraBias: boolean;
}

/** Makes the error for a key with a value that it cannot have. */
export type RefuseKey = (key: string, wanted: string, value: unknown) => Error;

const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '');

const isIds = (value: unknown): value is readonly number[] =>
  Array.isArray(value) &&
  value.every((id) => typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) &&
  new Set(value).size === value.length;

/** Errors: those of `refuse`. */
export function extraSettings(
  config: Readonly<Record<string, unknown>>,
  refuse: RefuseKey,
): ExtraSettings {
  const flag = (key: string): boolean => {
    const value = config[key] ?? false;
    if (typeof value !== 'boolean') throw refuse(key, 'true or false', value);
    return value;
  };
  const bias = config['bias'] ?? 'none';
  if (bias !== 'none' && bias !== 'all' && bias !== 'lora_only')
    throw refuse('bias', '"none", "all" or "lora_only"', bias);
  const written = config['modules_to_save'] ?? [];
  const modulesToSave = typeof written === 'string' ? [written] : written;
  if (!isNames(modulesToSave)) throw refuse('modules_to_save', 'a list of names', written);
  return {
    bias,
    modulesToSave,
    tokenIndices: tokenIndices(config['trainable_token_indices'] ?? null, refuse),
    ensureWeightTying: flag('ensure_weight_tying'),
    loraBias: flag('lora_bias'),
  };
}

function tokenIndices(value: unknown, refuse: RefuseKey): TokenIndices {
  const wanted = 'a list of different token ids, or such lists by the name of a table';
  if (value === null) return null;
  if (isIds(value)) return value.length === 0 ? null : value;
  if (typeof value !== 'object' || Array.isArray(value))
    throw refuse('trainable_token_indices', wanted, value);
  const lists: Readonly<Record<string, readonly number[]>> = Object.fromEntries(
    Object.entries(value).map(([name, ids]: [string, unknown]) => {
      if (!isIds(ids)) throw refuse('trainable_token_indices', wanted, value);
      return [name, ids];
    }),
  );
  return Object.keys(lists).length === 0 ? null : lists;
}
