// What a package says about itself as a plugin: the field `automodel` of its package.json, read
// without importing anything.
import { AutomodelError } from '@automodel/core';

/** Kinds of plugins a package.json may name. */
export type PluginKind =
  'backend' | 'model' | 'adapter' | 'parallelism' | 'exporter' | 'dataset' | 'tracker';

const KINDS: readonly string[] = [
  'backend',
  'model',
  'adapter',
  'parallelism',
  'exporter',
  'dataset',
  'tracker',
];

/** The plugin apiVersions of each kind that this version can load. */
const API_VERSIONS: readonly number[] = [1];

/** One discovered plugin. `provides` lists model types, backend names, ... */
export interface PluginRecord {
  readonly package: string;
  readonly version: string;
  readonly kind: PluginKind;
  readonly provides: readonly string[];
  /** The package's folder. */
  readonly directory: string;
  /** Export path of the plugin object, `.` by default. */
  readonly entry: string;
}

/**
 * The record in a parsed package.json; undefined if it is not a plugin. Errors: a field that is
 * malformed or of another apiVersion, naming the package.
 */
export function readPluginRecord(
  manifest: Readonly<Record<string, unknown>>,
  directory: string,
): PluginRecord | undefined {
  const field = manifest['automodel'];
  if (field === undefined) return undefined;
  const name = String(manifest['name']);
  const bad = (message: string, hint?: string): AutomodelError =>
    new AutomodelError('bad-config', `plugin ${name}: ${message}`, {
      location: `${directory}/package.json`,
      hint,
    });
  if (typeof field !== 'object' || field === null)
    throw bad('the field "automodel" must be an object');
  const { kind, entry = '.', apiVersion, provides } = field as Readonly<Record<string, unknown>>;
  if (typeof kind !== 'string' || !KINDS.includes(kind))
    throw bad(`kind ${JSON.stringify(kind)} is unknown (known: ${KINDS.join(', ')})`);
  if (typeof entry !== 'string') throw bad('"entry" must be an export path such as "."');
  if (!Array.isArray(provides) || !provides.every((p) => typeof p === 'string'))
    throw bad('"provides" must be a list of names');
  if (typeof apiVersion !== 'number' || !API_VERSIONS.includes(apiVersion))
    throw bad(
      `apiVersion ${JSON.stringify(apiVersion)} is not one this version loads ` +
        `(${API_VERSIONS.join(', ')})`,
      'update automodel or the plugin so that both know the same apiVersion',
    );
  return {
    package: name,
    version: String(manifest['version']),
    kind: kind as PluginKind,
    provides,
    directory,
    entry,
  };
}
