// Which plugins a command runs with. What the user names comes before what is found.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { discoverPlugins, importPluginFile, PluginRegistry } from '@automodel/run';
import type { CliContext } from './cli-context.js';
import type { CommonOptions } from './grammar/shared-options.js';

/**
 * The plugins of one command: given ones and files first, then packages of the project and those
 * beside this application.
 */
export async function pluginsFor(
  context: CliContext,
  options: CommonOptions,
): Promise<PluginRegistry> {
  const files = await Promise.all((options.plugin ?? []).map((path) => importPluginFile(path)));
  const discovered = await discoverPlugins({
    workingDirectory: context.workingDirectory,
    applicationDirectory: dirname(fileURLToPath(import.meta.url)),
  });
  return new PluginRegistry({ discovered, given: [...files, ...(context.plugins ?? [])] });
}
