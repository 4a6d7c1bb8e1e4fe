// Opens an adapter that PEFT, NeMo or this project wrote: checks adapter_config.json key by key and
// every tensor against the model's modules. What would change numbers and is not computed here is
// refused.
import { AutomodelError, formatShape, type Shape } from '@automodel/core';
import type { Adapter, LinearModule, StoredAdapter } from '@automodel/contracts';
import { loraAdapter, storedModules } from './lora-adapter.js';
import { LORA, loraShapes, type LoraModule } from './lora-module.js';
import { ALL_LINEAR, embeddingIn, matchModules, nameTest } from './target-modules.js';

/**
 * Members that change nothing here, whatever they say: bookkeeping, and how weights were
 * initialised.
 */
const HARMLESS = new Set([
  'auto_mapping',
  'base_model_name_or_path',
  'inference_mode',
  'loftq_config',
  'eva_config',
  'corda_config',
  'lora_ga_config',
  'megatron_config',
  'megatron_core',
  'peft_version',
  'revision',
  'task_type',
  'qalora_group_size',
  'layers_pattern',
  'ensure_weight_tying',
  'runtime_config',
  'use_memory_efficient_lora',
  'exclude_modules',
]);
const READ = new Set([
  'peft_type',
  'r',
  'lora_alpha',
  'target_modules',
  'target_parameters',
  'lora_dropout',
  'use_dora',
  'use_rslora',
  'rank_pattern',
  'alpha_pattern',
  'bias',
  'fan_in_fan_out',
  'init_lora_weights',
  'layers_to_transform',
]);
/**
 * Ways to start an adapter that leave the base as it is and train both matrices: with others PEFT
 * changes the base again whenever it opens the adapter.
 */
const PLAIN_STARTS = new Set<unknown>([true, false, 'gaussian', 'orthogonal', 'eva']);
const SHOWN = 4;

/** Errors name the file and the key, or the tensors that do not belong to this model. */
export function openLora(
  { path, config, shapes }: StoredAdapter,
  all: readonly LinearModule[],
): Adapter {
  const read = new AdapterConfigReader(path, config);
  const settings = read.settings();
  const modules = adaptedModules(path, shapes, all, read);
  read.checkTargets(modules, all);
  checkTensors(path, shapes, modules, settings.useDora);
  const initializer = () => 'zeros' as const; // every parameter is stored
  return loraAdapter(
    { ...settings, dropoutPosition: 'pre', initializer, kept: read.kept() },
    modules,
    all,
  );
}

class AdapterConfigReader {
  readonly #where: string;
  readonly #config: Readonly<Record<string, unknown>>;

  constructor(path: string, config: Readonly<Record<string, unknown>>) {
    this.#where = `${path}/adapter_config.json`;
    this.#config = config;
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
  } {
    const type = this.#config['peft_type'];
    if (type !== 'LORA')
      throw this.#error(
        type === undefined ? 'bad-config' : 'unsupported',
        type === undefined
          ? 'peft_type is missing'
          : `peft_type ${JSON.stringify(type)} is not supported`,
        'LORA is.',
      );
    for (const key of ['r', 'lora_alpha'])
      if ((this.#config[key] ?? undefined) === undefined)
        throw this.#error('bad-config', `${key} is missing`);
    if (
      (this.#config['target_modules'] ?? undefined) === undefined &&
      isEmpty(this.#config['target_parameters'])
    )
      throw this.#error('bad-config', 'target_modules is missing');
    this.#refuseOthers();
    return {
      rank: this.#size('r'),
      alpha: this.#positive('lora_alpha', this.#config['lora_alpha']),
      dropout: this.#number('lora_dropout'),
      useDora: this.#flag('use_dora'),
      useRslora: this.#flag('use_rslora'),
    };
  }

  #refuseOthers(): void {
    const { bias = 'none', init_lora_weights: start } = this.#config;
    if (bias !== 'none')
      throw this.#error(
        'unsupported',
        `bias ${JSON.stringify(bias)} is not supported`,
        'Biases that were trained beside the adapter cannot be served by vLLM either.',
      );
    if (this.#flag('fan_in_fan_out'))
      throw this.#error('unsupported', 'fan_in_fan_out true is not supported');
    if (!PLAIN_STARTS.has(start ?? true))
      throw this.#error(
        'unsupported',
        `init_lora_weights ${JSON.stringify(start)} is not supported: such an adapter changes ` +
          'the base or freezes a matrix',
        'Save it as an ordinary one: PEFT converts it where save_pretrained is given ' +
          'path_initial_model_for_weight_conversion.',
      );
    for (const [key, value] of Object.entries(this.#config)) {
      if (READ.has(key) || HARMLESS.has(key) || isEmpty(value)) continue;
      throw this.#error(
        'unsupported',
        `${key} ${JSON.stringify(value)} is not supported`,
        key === 'modules_to_save' ? 'Merge the adapter with the tool that made it.' : undefined,
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

  /**
   * What a pattern says of a module: the first key that matches its name or a suffix of it, as in
   * PEFT.
   */
  #pattern(key: 'rank_pattern' | 'alpha_pattern', module: string): number | undefined {
    const found = Object.entries((this.#config[key] ?? {}) as Record<string, unknown>).find(
      ([pattern]) => new RegExp(`^(.*\\.)?(${pattern})$`).test(module),
    );
    return found === undefined ? undefined : this.#positive(key, found[1]);
  }

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
  experts(all: readonly LinearModule[]): readonly LinearModule[] {
    const named = this.#config['target_parameters'] ?? [];
    if (!Array.isArray(named) || named.some((name) => typeof name !== 'string'))
      throw this.#error(
        'bad-config',
        `target_parameters must be a list of names, not ${JSON.stringify(named)}`,
      );
    const tests = (named as string[]).map((name) => ({ name, test: nameTest(name) }));
    const experts = all.filter((module) => module.experts !== undefined);
    const missing = tests.find(({ test }) => !experts.some(({ name }) => test(name)));
    if (missing !== undefined)
      throw this.#error(
        'unsupported',
        `target_parameters ${JSON.stringify(missing.name)} names no matrices of experts`,
      );
    return experts.filter(({ name }) => tests.some(({ test }) => test(name)));
  }

  /** The modules that target_modules names must be those with tensors. */
  checkTargets(modules: readonly LoraModule[], all: readonly LinearModule[]): void {
    const targets = this.#config['target_modules'] ?? [];
    if (Array.isArray(targets) && targets.length === 0) return;
    if (
      typeof targets !== 'string' &&
      !(Array.isArray(targets) && targets.every((t) => typeof t === 'string'))
    )
      throw this.#error(
        'bad-config',
        `target_modules must be a name or a list of names, not ${JSON.stringify(targets)}`,
      );
    if (!isEmpty(this.#config['layers_to_transform'])) return;
    const excluded = this.#config['exclude_modules'] ?? [];
    if (
      typeof excluded !== 'string' &&
      !(Array.isArray(excluded) && excluded.every((name) => typeof name === 'string'))
    )
      throw this.#error(
        'bad-config',
        `exclude_modules must be a name or a list of names, not ${JSON.stringify(excluded)}`,
      );
    const tests = (typeof excluded === 'string' ? [excluded] : (excluded as string[])).map(
      nameTest,
    );
    const expected = this.#matching(
      targets,
      all.filter((module) => module.experts === undefined),
    ).filter(({ name }) => !tests.some((test) => test(name)));
    const present = new Set(modules.map(({ name }) => name));
    const missing = expected.filter(({ name }) => !present.has(name));
    if (missing.length > 0)
      throw this.#error(
        'bad-config',
        `target_modules names ${list(missing.map(({ name }) => name))}, for which ` +
          'adapter_model.safetensors has no tensors',
      );
  }

  /** PEFT lets a name of a list match nothing as long as another one does. */
  #matching(
    targets: string | readonly string[],
    modules: readonly LinearModule[],
  ): readonly LinearModule[] {
    const matches = (target: string): boolean =>
      target === ALL_LINEAR ||
      modules.some(
        (
          (test) =>
          ({ name }: LinearModule) =>
            test(name)
        )(nameTest(target)),
      );
    try {
      const some = typeof targets === 'string' ? [] : targets.filter(matches);
      return matchModules(modules, { targets: some.length > 0 ? some : targets });
    } catch (error) {
      throw error instanceof AutomodelError
        ? this.#error('bad-config', error.message, error.hint)
        : error;
    }
  }

  /** Members to write again. */
  kept(): Record<string, unknown> {
    return Object.fromEntries(
      [
        'rank_pattern',
        'alpha_pattern',
        'target_modules',
        'layers_to_transform',
        'exclude_modules',
      ].flatMap((key) => (isEmpty(this.#config[key]) ? [] : [[key, this.#config[key]]])),
    );
  }
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0);
const list = (names: readonly string[]): string =>
  names.slice(0, SHOWN).join(', ') +
  (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '');

/** The modules that have a matrix A in the file. */
function adaptedModules(
  path: string,
  shapes: ReadonlyMap<string, Shape>,
  all: readonly LinearModule[],
  read: AdapterConfigReader,
): LoraModule[] {
  const file = `${path}/adapter_model.safetensors`;
  const experts = new Set(read.experts(all));
  const candidates = all.filter((module) => module.experts === undefined || experts.has(module));
  const known = new Map(
    [...storedModules(candidates)].map(([name, stored]) => [
      stored,
      candidates.find((module) => module.name === name)!,
    ]),
  );
  const foreign = [...shapes.keys()].filter(
    (name) => !known.has(/^(.*)\.lora_[A-Za-z]\w*(\.weight)?$/.exec(name)?.[1] ?? ''),
  );
  const special = foreign.find((name) => embeddingIn(name) !== undefined);
  if (special !== undefined)
    throw new AutomodelError(
      'unsupported',
      `${special} changes ${embeddingIn(special)!}, and adapters attach to linear modules of ` +
        'blocks only',
      { location: file, hint: 'Merge the adapter with the tool that made it.' },
    );
  if (foreign.length > 0)
    throw new AutomodelError('bad-file', `the model has no linear module for ${list(foreign)}`, {
      location: file,
      hint:
        'The adapter belongs to another base. Modules here: ' +
        `${list(all.map(({ name }) => name))}`,
    });
  const modules = [...known].flatMap(([stored, module]) => {
    const a = shapes.get(`${stored}.${LORA.a}`);
    return a === undefined ? [] : [read.module(module, (a[0] ?? 0) / (module.experts?.count ?? 1))];
  });
  if (modules.length === 0)
    throw new AutomodelError('bad-file', 'no tensor is a LoRA matrix', { location: file });
  return modules;
}

function checkTensors(
  path: string,
  shapes: ReadonlyMap<string, Shape>,
  modules: readonly LoraModule[],
  useDora: boolean,
): void {
  const file = `${path}/adapter_model.safetensors`;
  const expected = new Map<string, Shape>();
  const stored = storedModules(modules);
  for (const module of modules) {
    const [at, { a, b }] = [stored.get(module.name)!, loraShapes(module)];
    expected.set(`${at}.${LORA.a}`, a);
    expected.set(`${at}.${LORA.b}`, b);
    if (useDora) expected.set(`${at}.${LORA.magnitude}`, [module.outFeatures]);
  }
  const missing = [...expected.keys()].filter((name) => !shapes.has(name));
  if (missing.length > 0)
    throw new AutomodelError('missing-parameter', `the adapter lacks ${list(missing)}`, {
      location: file,
    });
  const extra = [...shapes.keys()].filter((name) => !expected.has(name));
  if (extra.length > 0)
    throw new AutomodelError(
      'unsupported',
      `${list(extra)} ${extra.length === 1 ? 'is' : 'are'} no part of LoRA as ` +
        'adapter_config.json describes it',
      { location: file },
    );
  for (const [name, shape] of expected) {
    const found = shapes.get(name)!;
    if (found.join() !== shape.join())
      throw new AutomodelError(
        'bad-shape',
        `tensor ${name} has shape ${formatShape(found)}, the model asks for ${formatShape(shape)}`,
        { location: file, hint: 'The adapter belongs to another base.' },
      );
  }
}
