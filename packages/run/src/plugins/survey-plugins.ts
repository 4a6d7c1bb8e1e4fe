// Everything about plugins at once, for listings and diagnosis: what is installed, what is wrong
// with it, and what could be installed. Nothing is imported.
import { AutomodelError } from '@automodel/core';
import { discoverPlugins, type DiscoveryOptions } from './discover-plugins.js';
import type { KnownPlugin } from './known-plugin.js';
import { KNOWN_PLUGINS } from './known-plugins.js';
import type { PluginRecord } from './plugin-record.js';

/** The plugins of a project, and what is wrong with them. */
export interface PluginSurvey {
  readonly installed: readonly PluginRecord[];
  /** Packages that cannot be loaded, and names that two packages provide. */
  readonly problems: readonly AutomodelError[];
  /** Packages of this project that are not installed. */
  readonly missing: readonly KnownPlugin[];
}

/** Lists plugins. Problems of packages are part of the result. */
export async function surveyPlugins(options: DiscoveryOptions): Promise<PluginSurvey> {
  const broken: AutomodelError[] = [];
  const installed = await discoverPlugins({
    ...options,
    onProblem: (problem) => void broken.push(problem),
  });
  const names = new Set(installed.map((record) => record.package));
  return {
    installed,
    problems: [...broken, ...conflicts(installed)],
    missing: KNOWN_PLUGINS.filter((known) => !names.has(known.package)),
  };
}

function conflicts(installed: readonly PluginRecord[]): AutomodelError[] {
  const providers = new Map<string, PluginRecord[]>();
  for (const record of installed) {
    for (const name of record.provides)
      providers.set(`${record.kind} ${name}`, [
        ...(providers.get(`${record.kind} ${name}`) ?? []),
        record,
      ]);
  }
  return [...providers]
    .filter(([, records]) => records.length > 1)
    .map(
      ([what, records]) =>
        new AutomodelError(
          'conflict',
          `${what} is provided by ${records.length} packages: ` +
            `${records.map((record) => `${record.package} (${record.directory})`).join(' and ')}`,
          { hint: 'uninstall all but one' },
        ),
    );
}
