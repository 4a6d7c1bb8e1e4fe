// The plugins of one run: finds the plugin that provides a name, imports only that one, and says
// exactly what to install if there is none.
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type {
  AdapterPlugin,
  BackendPlugin,
  ExporterPlugin,
  ModelPlugin,
  ParallelismPlugin,
  TrackerPlugin,
} from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { KNOWN_PLUGINS } from './known-plugins.js';
import type { PluginKind, PluginRecord } from './plugin-record.js';
import { singleProcessPlugin } from './single-process-plugin.js';

/** The plugin object of each kind. */
interface PluginsByKind {
  readonly adapter: AdapterPlugin;
  readonly backend: BackendPlugin;
  readonly exporter: ExporterPlugin;
  readonly model: ModelPlugin;
  readonly parallelism: ParallelismPlugin;
  readonly tracker: TrackerPlugin;
}

/** A plugin object that is already loaded: passed by a library user, or named with --plugin. */
export type Plugin = PluginsByKind[keyof PluginsByKind];

/** What a registry chooses from. */
export interface PluginRegistryOptions {
  readonly discovered: readonly PluginRecord[];
  /** Given objects take precedence over discovered packages. */
  readonly given?: readonly Plugin[];
  /** How a package's plugin object is imported; the default resolves and imports its entry. */
  readonly importPlugin?: (record: PluginRecord) => Promise<unknown>;
}

/**
 * Finds plugins by kind and name. Errors: `missing-plugin`, `unsupported`, `conflict`,
 * `bad-config`.
 */
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
    return (
      this.#given('model', modelType) !== undefined ||
      this.#options.discovered.some((r) => r.kind === 'model' && r.provides.includes(modelType))
    );
  }

  /** The plugin for a config's `model_type`. */
  model(modelType: string): Promise<ModelPlugin> {
    return this.#plugin('model', modelType, `model_type ${quoted(modelType)} needs a model plugin`);
  }

  /** The backend of that name. */
  backend(name: string): Promise<BackendPlugin> {
    return this.#plugin('backend', name, `backend ${quoted(name)} needs a plugin`);
  }

  /** The kind of adapter of that name. */
  adapter(name: string): Promise<AdapterPlugin> {
    return this.#plugin('adapter', name, `adapter ${quoted(name)} needs a plugin`);
  }

  /** The parallelism strategy of that name. */
  parallelism(name: string): Promise<ParallelismPlugin> {
    return this.#plugin('parallelism', name, `strategy ${quoted(name)} needs a plugin`);
  }

  /** The tracker that reads the recipe section of that name. */
  tracker(name: string): Promise<TrackerPlugin> {
    return this.#plugin('tracker', name, `the section ${name} needs a plugin`);
  }

  /** The exporter of that name. */
  exporter(name: string): Promise<ExporterPlugin> {
    return this.#plugin('exporter', name, `exporting to ${quoted(name)} needs a plugin`);
  }

  async #plugin<K extends keyof PluginsByKind>(
    kind: K,
    name: string,
    what: string,
  ): Promise<PluginsByKind[K]> {
    return this.#given(kind, name) ?? ((await this.#load(kind, name, what)) as PluginsByKind[K]);
  }

  #given<K extends keyof PluginsByKind>(kind: K, name: string): PluginsByKind[K] | undefined {
    return [...(this.#options.given ?? []), singleProcessPlugin].find(
      (plugin): plugin is PluginsByKind[K] =>
        plugin.kind === OBJECT_KINDS[kind] && providedBy(plugin).includes(name),
    );
  }

  async #load(kind: keyof PluginsByKind, name: string, what: string): Promise<unknown> {
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
      const known = KNOWN_PLUGINS.find(
        (plugin) => plugin.kind === kind && plugin.provides.includes(name),
      );
      const installed = this.#names(kind) || 'none';
      const otherWay = kind === 'model' ? ANY_ARCHITECTURE : '';
      const hint =
        known === undefined
          ? `no package of this project provides it; installed: ${installed}${otherWay}`
          : undefined;
      throw new AutomodelError(
        known === undefined ? 'unsupported' : 'missing-plugin',
        known === undefined ? what : `${what}: npm install ${known.package}`,
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

const ANY_ARCHITECTURE = '; a graph.json in the folder, or --graph FILE, runs any architecture';

const quoted = (name: string): string => JSON.stringify(name);

/** The names that a plugin object provides. */
const providedBy = (plugin: Plugin): readonly string[] =>
  plugin.kind === 'model' ? plugin.modelTypes : [plugin.name];

/** The `kind` of plugin objects, by kind of plugin. */
const OBJECT_KINDS: { readonly [K in keyof PluginsByKind]: PluginsByKind[K]['kind'] } = {
  adapter: 'adapter',
  model: 'model',
  backend: 'backend-plugin',
  exporter: 'exporter',
  parallelism: 'parallelism',
  tracker: 'tracker',
};
const API_VERSION = 1;

/**
 * `value` as a plugin. Errors: `bad-config` naming `from` if it is not a plugin, of another kind
 * than `kind`, or of an apiVersion that this version does not know.
 */
function checkPlugin(value: unknown, from: string, kind?: Plugin['kind']): Plugin {
  const bad = (message: string, hint?: string): AutomodelError =>
    new AutomodelError('bad-config', `plugin ${from}: ${message}`, { hint });
  if (typeof value !== 'object' || value === null)
    throw bad('its default export is not a plugin object');
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
