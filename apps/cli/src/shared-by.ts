// The processes that share the model of a command without a recipe, and its backend.
import type { Backend, Parallelism } from '@automodel/contracts';
import { openBackend, openShared, type PluginRegistry, type SharedBy } from '@automodel/run';
import type { CommandContext } from './cli-context.js';
import type { OptionsOf } from './grammar/option.js';
import type { backendOptions, sharingOptions } from './grammar/shared-options.js';

type Sharing = OptionsOf<typeof sharingOptions>;

/** Undefined for a process that is alone. Errors: those of meeting the others. */
export async function sharedBy(
  { join }: CommandContext,
  { strategy }: Sharing,
): Promise<SharedBy | undefined> {
  const host = await join?.();
  return host && { host, distributed: { strategy } };
}

/** Errors: those of meeting the others, of the backend and of the strategy. */
export async function openSharedBackend(
  context: CommandContext,
  plugins: PluginRegistry,
  options: Sharing & OptionsOf<typeof backendOptions>,
): Promise<{ readonly backend: Backend; readonly parallelism: Parallelism }> {
  const shared = await sharedBy(context, options);
  const choice = { name: options.backend, threads: options.threads };
  const backend = await openBackend(plugins, choice, shared?.host);
  try {
    return { backend, parallelism: await openShared(plugins, backend, shared) };
  } catch (error) {
    await backend.close();
    throw error;
  }
}
