// Typed access to config.json: every key that a model uses is read here, and a wrong type is
// refused by its key. Null counts as absent, as in transformers.
import type { ModelConfig } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

/** Hints for keys that are refused. */
const HINTS: Readonly<Record<string, string>> = {
  quantization_config:
    'start from the model before it was quantized; a recipe with peft and quantization holds it ' +
    'in 4 or 8 bits',
};

/** Reads one config.json. Errors: `bad-config` naming the key. */
export class ConfigReader {
  readonly raw: ModelConfig;

  constructor(raw: ModelConfig) {
    this.raw = raw;
  }

  #get<T>(
    key: string,
    wanted: string,
    test: (value: unknown) => value is T,
    fallback: T | undefined,
  ): T {
    const value = this.raw[key] ?? undefined;
    if (value === undefined && fallback !== undefined) return fallback;
    if (value === undefined)
      throw new AutomodelError('bad-config', `config.json lacks ${key} (${wanted})`);
    if (!test(value))
      throw new AutomodelError(
        'bad-config',
        `config.json: ${key} must be ${wanted}, not ${JSON.stringify(value)}`,
      );
    return value;
  }

  has(key: string): boolean {
    return (this.raw[key] ?? undefined) !== undefined;
  }

  /** A positive whole number. */
  size(key: string, fallback?: number): number {
    return this.#get(
      key,
      'a positive whole number',
      (v): v is number => typeof v === 'number' && Number.isSafeInteger(v) && v > 0,
      fallback,
    );
  }

  /** A number above zero, whole or not. */
  positive(key: string, fallback?: number): number {
    return this.#get(
      key,
      'a number above 0',
      (v): v is number => typeof v === 'number' && Number.isFinite(v) && v > 0,
      fallback,
    );
  }

  number(key: string, fallback?: number): number {
    return this.#get(
      key,
      'a number',
      (v): v is number => typeof v === 'number' && Number.isFinite(v),
      fallback,
    );
  }

  /** A number of at least zero. */
  nonNegative(key: string, fallback?: number): number {
    return this.#get(
      key,
      'a number of at least 0',
      (v): v is number => typeof v === 'number' && Number.isFinite(v) && v >= 0,
      fallback,
    );
  }

  boolean(key: string, fallback?: boolean): boolean {
    return this.#get(key, 'true or false', (v): v is boolean => typeof v === 'boolean', fallback);
  }

  text(key: string, fallback?: string): string {
    return this.#get(key, 'a string', (v): v is string => typeof v === 'string', fallback);
  }

  texts(key: string): readonly string[] {
    return this.#get(
      key,
      'a list of strings',
      (v): v is string[] => Array.isArray(v) && v.every((item) => typeof item === 'string'),
      undefined,
    );
  }

  object(key: string): ModelConfig | undefined {
    if (!this.has(key)) return undefined;
    return this.#get(
      key,
      'an object',
      (v): v is ModelConfig => typeof v === 'object' && v !== null && !Array.isArray(v),
      undefined,
    );
  }

  /**
   * Refuses a key whose value asks for something this model does not compute. `harmless` lists
   * values that change nothing (as absent and null always do).
   */
  refuse(key: string, harmless: readonly unknown[] = [false]): void {
    const value = this.raw[key] ?? undefined;
    if (value === undefined || harmless.some((h) => h === value)) return;
    throw new AutomodelError(
      'unsupported',
      `config.json: ${key} ${JSON.stringify(value)} is not supported for model_type ` +
        `${JSON.stringify(this.raw['model_type'])}`,
      { hint: HINTS[key] },
    );
  }
}
