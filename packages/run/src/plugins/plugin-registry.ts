// The plugins of one run: answers who provides a name, imports that plugin and only that one, and
// says exactly what to install when nobody does.
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type {
  AdapterPlugin,
  BackendPlugin,
  ExporterPlugin,
  ModelPlugin,
  TrackerPlugin,
} from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { KNOWN_PROVIDERS } from './known-providers.js';
import type { PluginKind, PluginRecord } from './plugin-record.js';

/** A plugin object that is already there: passed by a library user, or named with --plugin. */
export type Plugin = AdapterPlugin | BackendPlugin | ExporterPlugin | ModelPlugin | TrackerPlugin;

export interface PluginRegistryOptions {
  readonly discovered: readonly PluginRecord[];
  /** Given objects come before discovered packages. */
  readonly given?: readonly Plugin[];
  /** How a package's plugin object is imported; the default resolves and imports its entry. */
  readonly importPlugin?: (record: PluginRecord) => Promise<unknown>;
}

export class PluginRegistry {
  readonly #options: PluginRegistryOptions;

  constructor(options: PluginRegistryOptions) {
    this.#options = options;
  }

  /** Every discovered plugin, for listings. */
  get discovered(): readonly PluginRecord[] {
    return this.#options.discovered;
  }

  /** Whether a given or installed plugin implements a `model_type`. */
  providesModel(modelType: string): boolean {
    const { given = [], discovered } = this.#options;
    return (
      given.some((p) => p.kind === 'model' && p.modelTypes.includes(modelType)) ||
      discovered.some((r) => r.kind === 'model' && r.provides.includes(modelType))
    );
  }

  /** The plugin for a config's `model_type`. */
  async model(modelType: string): Promise<ModelPlugin> {
    const given = this.#options.given?.find(
      (p): p is ModelPlugin => p.kind === 'model' && p.modelTypes.includes(modelType),
    );
    return (
      given ??
      ((await this.#load(
        'model',
        modelType,
        `model_type ${JSON.stringify(modelType)} needs a model plugin`,
      )) as ModelPlugin)
    );
  }

  /** The backend of that name. */
  async backend(name: string): Promise<BackendPlugin> {
    const given = this.#options.given?.find(
      (p): p is BackendPlugin => p.kind === 'backend-plugin' && p.name === name,
    );
    return (
      given ??
      ((await this.#load(
        'backend',
        name,
        `backend ${JSON.stringify(name)} needs a plugin`,
      )) as BackendPlugin)
    );
  }

  /** The kind of adapter of that name. */
  async adapter(name: string): Promise<AdapterPlugin> {
    const given = this.#options.given?.find(
      (p): p is AdapterPlugin => p.kind === 'adapter' && p.name === name,
    );
    return (
      given ??
      ((await this.#load(
        'adapter',
        name,
        `adapter ${JSON.stringify(name)} needs a plugin`,
      )) as AdapterPlugin)
    );
  }

  /** The tracker that reads the recipe section of that name. */
  async tracker(name: string): Promise<TrackerPlugin> {
    const given = this.#options.given?.find(
      (p): p is TrackerPlugin => p.kind === 'tracker' && p.name === name,
    );
    return (
      given ??
      ((await this.#load('tracker', name, `the section ${name} needs a plugin`)) as TrackerPlugin)
    );
  }

  /** The exporter of that name. */
  async exporter(name: string): Promise<ExporterPlugin> {
    const given = this.#options.given?.find(
      (p): p is ExporterPlugin => p.kind === 'exporter' && p.name === name,
    );
    return (
      given ??
      ((await this.#load(
        'exporter',
        name,
        `exporting to ${JSON.stringify(name)} needs a plugin`,
      )) as ExporterPlugin)
    );
  }

  async #load(kind: PluginKind, name: string, what: string): Promise<unknown> {
    const providers = this.#options.discovered.filter(
      (r) => r.kind === kind && r.provides.includes(name),
    );
    if (providers.length > 1)
      throw new AutomodelError(
        'conflict',
        `${what}, and two installed packages provide it: ` +
          `${providers.map((p) => `${p.package} (${p.directory})`).join(' and ')}`,
        { hint: 'uninstall one of them' },
      );
    const record = providers[0];
    if (record === undefined) {
      const known = KNOWN_PROVIDERS[`${kind} ${name}`];
      const installed = this.#names(kind) || 'none';
      const otherWay = kind === 'model' ? ANY_ARCHITECTURE : '';
      const hint =
        known === undefined
          ? `no package of this project provides it; installed: ${installed}${otherWay}`
          : undefined;
      throw new AutomodelError(
        known === undefined ? 'unsupported' : 'missing-plugin',
        known === undefined ? what : `${what}: npm install ${known}`,
        { hint },
      );
    }
    const module = await (this.#options.importPlugin ?? importEntry)(record);
    return checkPlugin(
      (module as { default?: unknown }).default,
      record.package,
      OBJECT_KINDS[kind],
    );
  }

  #names(kind: PluginKind): string {
    return this.#options.discovered
      .filter((r) => r.kind === kind)
      .flatMap((r) => r.provides)
      .join(', ');
  }
}

/** What a plugin object of each kind calls itself. */
const ANY_ARCHITECTURE = '. A graph.json in the folder, or --graph FILE, runs any architecture';
const OBJECT_KINDS: Partial<Record<PluginKind, Plugin['kind']>> = {
  adapter: 'adapter',
  model: 'model',
  backend: 'backend-plugin',
  exporter: 'exporter',
  tracker: 'tracker',
};
const API_VERSION = 1;

/**
 * `value` as a plugin. Errors: `bad-config` naming `from` when it is none, of another kind than
 * `kind`, or of an apiVersion this version does not know.
 */
function checkPlugin(value: unknown, from: string, kind?: Plugin['kind']): Plugin {
  const bad = (message: string, hint?: string): AutomodelError =>
    new AutomodelError('bad-config', `plugin ${from}: ${message}`, { hint });
  if (typeof value !== 'object' || value === null)
    throw bad('there is no default export that is a plugin object');
  const plugin = value as Plugin;
  const kinds = kind === undefined ? Object.values(OBJECT_KINDS) : [kind];
  if (!kinds.includes(plugin.kind))
    throw bad(
      `its object has kind ${JSON.stringify(plugin.kind)}, expected ` +
        `${kinds.map((k) => JSON.stringify(k)).join(' or ')}`,
    );
  if (plugin.apiVersion !== API_VERSION)
    throw bad(
      `apiVersion ${JSON.stringify(plugin.apiVersion)} is not one this version loads ` +
        `(${API_VERSION})`,
      'update automodel or the plugin so that both know the same apiVersion',
    );
  return plugin;
}

/**
 * The plugin object that a file exports by default, for `--plugin PATH`. Errors: as for packages,
 * naming the file.
 */
export async function importPluginFile(path: string): Promise<Plugin> {
  const file = resolve(path);
  let module: unknown;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (cause) {
    throw new AutomodelError(
      'bad-config',
      `plugin ${file} cannot be loaded: ${(cause as Error).message}`,
      { cause },
    );
  }
  return checkPlugin((module as { default?: unknown }).default, file);
}

async function importEntry(record: PluginRecord): Promise<unknown> {
  const require = createRequire(join(record.directory, 'package.json'));
  const specifier =
    record.entry === '.'
      ? record.package
      : `${record.package}/${record.entry.replace(/^\.\//, '')}`;
  try {
    return await import(pathToFileURL(require.resolve(specifier)).href);
  } catch (cause) {
    throw new AutomodelError(
      'bad-config',
      `plugin ${record.package} cannot be loaded: ${(cause as Error).message}`,
      { location: record.directory, cause },
    );
  }
}
