// Reads adapter_config.json of a LoRA adapter: every member is understood, known to change nothing,
// or refused by its key.
import { AutomodelError } from '@automodel/core';
import type { AdapterBase, LinearModule } from '@automodel/contracts';
import { extraSettings, type ExtraSettings } from './extra-settings.js';
import { HARMLESS, KEPT, PLAIN_STARTS, READ } from './adapter-config-keys.js';
import { isEmpty, isNames } from './adapter-config-values.js';
import type { LoraModule } from './lora-module.js';
import { nameList } from './name-list.js';
import { listBudget, matchingNames } from './name-pattern.js';
import { PatternValues } from './pattern-values.js';
import { ALL_LINEAR, matchModules } from './target-modules.js';
import { isPlain } from './stored-modules.js';
import { targetCandidates, type TargetCandidate } from './target-candidates.js';

export class AdapterConfigReader {
  readonly #where: string;
  readonly #config: Readonly<Record<string, unknown>>;
  readonly #base: AdapterBase;
  /** Of all names and expressions in the file. */
  readonly #budget = listBudget();
  readonly #patterns: Readonly<Record<'rank_pattern' | 'alpha_pattern', PatternValues>>;

  constructor(path: string, config: Readonly<Record<string, unknown>>, base: AdapterBase) {
    this.#where = `${path}/adapter_config.json`;
    this.#config = config;
    this.#base = base;
    const names = targetCandidates(base).map(({ name }) => name);
    this.#patterns = {
      rank_pattern: new PatternValues('rank_pattern', config['rank_pattern'], names),
      alpha_pattern: new PatternValues('alpha_pattern', config['alpha_pattern'], names),
    };
  }

  #error(code: 'bad-config' | 'unsupported', message: string, hint?: string): AutomodelError {
    return new AutomodelError(code, message, { location: this.#where, hint });
  }

  settings(): {
    rank: number;
    alpha: number;
    dropout: number;
    useDora: boolean;
    useRslora: boolean;
  } & ExtraSettings {
    const { peft_type: type, target_modules: targets, target_parameters: named } = this.#config;
    if (type === undefined) throw this.#error('bad-config', 'peft_type is missing');
    if (type !== 'LORA')
      throw this.#error(
        'unsupported',
        `peft_type ${JSON.stringify(type)} is not supported`,
        'only LORA is',
      );
    for (const key of ['r', 'lora_alpha'])
      if ((this.#config[key] ?? undefined) === undefined)
        throw this.#error('bad-config', `${key} is missing`);
    if ((targets ?? undefined) === undefined && isEmpty(named))
      throw this.#error('bad-config', 'target_modules is missing');
    this.#refuseOthers();
    return {
      rank: this.#size('r'),
      alpha: this.#positive('lora_alpha', this.#config['lora_alpha']),
      dropout: this.#number('lora_dropout'),
      useDora: this.#flag('use_dora'),
      useRslora: this.#flag('use_rslora'),
      ...extraSettings(this.#config, (key, wanted, value) =>
        this.#error('bad-config', `${key} must be ${wanted}, not ${JSON.stringify(value)}`),
      ),
    };
  }

  #refuseOthers(): void {
    const { init_lora_weights: start } = this.#config;
    if (this.#flag('fan_in_fan_out'))
      throw this.#error('unsupported', 'fan_in_fan_out true is not supported');
    if (!PLAIN_STARTS.has(start ?? true))
      throw this.#error(
        'unsupported',
        `init_lora_weights ${JSON.stringify(start)} is not supported: such an adapter changes ` +
          'the base or freezes a matrix',
        'save it as an ordinary one: PEFT converts it when save_pretrained is given ' +
          'path_initial_model_for_weight_conversion',
      );
    for (const [key, value] of Object.entries(this.#config)) {
      if (READ.has(key) || HARMLESS.has(key) || isEmpty(value)) continue;
      throw this.#error(
        'unsupported',
        `${key} ${JSON.stringify(value)} is not supported`,
        'merge the adapter with the tool that made it',
      );
    }
  }

  #size(key: string): number {
    const value = this.#config[key];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
      throw this.#error(
        'bad-config',
        `${key} must be a positive whole number, not ${JSON.stringify(value)}`,
      );
    return value;
  }

  #positive(key: string, value: unknown): number {
    if (typeof value !== 'number' || !(value > 0))
      throw this.#error(
        'bad-config',
        `${key} must be a number above 0, not ${JSON.stringify(value)}`,
      );
    return value;
  }

  #number(key: string): number {
    const value = this.#config[key] ?? 0;
    if (typeof value !== 'number' || !(value >= 0 && value < 1))
      throw this.#error(
        'bad-config',
        `${key} must be at least 0 and below 1, not ${JSON.stringify(value)}`,
      );
    return value;
  }

  #flag(key: string): boolean {
    const value = this.#config[key] ?? false;
    if (typeof value !== 'boolean')
      throw this.#error('bad-config', `${key} must be true or false, not ${JSON.stringify(value)}`);
    return value;
  }

  #pattern(key: 'rank_pattern' | 'alpha_pattern', module: string): number | undefined {
    const found = this.located(() => this.#patterns[key].valueFor(module));
    return found === undefined ? undefined : this.#positive(key, found);
  }

  /** How `module` is adapted by matrices of this rank. */
  module(module: LinearModule, rank: number): LoraModule {
    const stated = this.#pattern('rank_pattern', module.name) ?? this.#size('r');
    if (stated !== rank)
      throw this.#error(
        'bad-config',
        `${module.name} has rank ${stated} here but ${rank} in adapter_model.safetensors`,
      );
    const alpha =
      this.#pattern('alpha_pattern', module.name) ??
      this.#positive('lora_alpha', this.#config['lora_alpha']);
    return { ...module, rank, scale: alpha / (this.#flag('use_rslora') ? Math.sqrt(rank) : rank) };
  }

  /** The experts' parameters that are adapted: named in full, or by their last parts. */
  experts(): readonly LinearModule[] {
    const named: unknown = this.#config['target_parameters'] ?? [];
    if (!isNames(named))
      throw this.#error(
        'bad-config',
        `target_parameters must be a list of names, not ${JSON.stringify(named)}`,
      );
    const experts = this.#base.modules.filter((module) => module.experts !== undefined);
    const names = experts.map(({ name }) => name);
    const meant = this.located(() =>
      named.map(
        (text) => [text, matchingNames(text, names, 'target_parameters', this.#budget)] as const,
      ),
    );
    const missing = meant.find(([, matching]) => matching.size === 0);
    if (missing !== undefined)
      throw this.#error(
        'unsupported',
        `target_parameters ${JSON.stringify(missing[0])} names no matrices of experts`,
      );
    return experts.filter(({ name }) => meant.some(([, matching]) => matching.has(name)));
  }

  /** The modules that target_modules names must be those with tensors. */
  checkTargets(adapted: ReadonlySet<string>): void {
    const targets = this.#names('target_modules');
    if (targets.length === 0) return;
    if (!isEmpty(this.#config['layers_to_transform'])) return;
    const candidates = targetCandidates(this.#base).filter(isPlain);
    const names = candidates.map(({ name }) => name);
    const excluded = this.located(() =>
      [this.#names('exclude_modules')]
        .flat()
        .map((text) => matchingNames(text, names, 'exclude_modules', this.#budget)),
    );
    const expected = this.#targeted(targets, candidates).filter(
      ({ name }) => !excluded.some((matching) => matching.has(name)),
    );
    const missing = expected.filter(
      ({ name, isTable }) => !adapted.has(name) && !isTable && !this.#isSaved(name),
    );
    if (missing.length > 0)
      throw this.#error(
        'bad-config',
        `target_modules names ${nameList(missing.map(({ name }) => name))}, for which ` +
          'adapter_model.safetensors has no tensors',
      );
  }

  #names(key: 'target_modules' | 'exclude_modules'): string | readonly string[] {
    const value: unknown = this.#config[key] ?? [];
    if (typeof value === 'string' || isNames(value)) return value;
    throw this.#error(
      'bad-config',
      `${key} must be a name or a list of names, not ${JSON.stringify(value)}`,
    );
  }

  /** PEFT lets a name of a list match nothing as long as another one does. */
  #targeted(
    targets: string | readonly string[],
    modules: readonly TargetCandidate[],
  ): readonly TargetCandidate[] {
    const names = modules.map(({ name }) => name);
    return this.located(() => {
      const some =
        typeof targets === 'string'
          ? []
          : targets.filter(
              (target) =>
                target === ALL_LINEAR ||
                matchingNames(target, names, 'target_modules', this.#budget).size > 0,
            );
      return matchModules(modules, { targets: some.length > 0 ? some : targets });
    });
  }

  /** Whether PEFT leaves a module to modules_to_save. */
  #isSaved(name: string): boolean {
    const saved: unknown = this.#config['modules_to_save'] ?? [];
    return isNames(saved) && saved.some((end) => name.endsWith(end));
  }

  /** What `read` makes of the config. Errors of the settings name the file. */
  located<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw error instanceof AutomodelError && error.location === undefined
        ? this.#error('bad-config', error.message, error.hint)
        : error;
    }
  }

  /** Members to write again. */
  kept(): Record<string, unknown> {
    return Object.fromEntries(
      KEPT.flatMap((key) => (isEmpty(this.#config[key]) ? [] : [[key, this.#config[key]]])),
    );
  }
}
