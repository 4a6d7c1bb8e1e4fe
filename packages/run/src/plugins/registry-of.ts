// The registry for a library call that names plugins, or leaves it to the library to find them.
import { discoverPlugins } from './discover-plugins.js';
import { PluginRegistry, type Plugin } from './plugin-registry.js';

/** Plugin objects or a registry; absent: those installed in the working directory's project. */
export type GivenPlugins = readonly Plugin[] | PluginRegistry | undefined;

/** Plugin objects take precedence over those of the project at `workingDirectory`. */
export const registryOf = async (
  plugins: GivenPlugins,
  workingDirectory: string,
): Promise<PluginRegistry> =>
  plugins instanceof PluginRegistry
    ? plugins
    : new PluginRegistry({
        discovered: await discoverPlugins({ workingDirectory }),
        given: plugins ?? [],
      });
