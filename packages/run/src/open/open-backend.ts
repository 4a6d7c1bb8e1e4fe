// Opens the backend that a run asks for.
import { availableParallelism } from 'node:os';
import type { Backend, HostGroup } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { DEFAULT_BACKEND } from '@automodel/recipe';
import type { PluginRegistry } from '../plugins/plugin-registry.js';

/** Which backend to open, and how. */
export interface BackendChoice {
  /** A name that a backend plugin provides; default: the same as in recipes. */
  readonly name?: string | undefined;
  /** Absent: one per core. */
  readonly threads?: number | undefined;
}

/** Each process of a machine has its share of the cores. Undefined: there is only one. */
export const threadsOf = ({ local }: HostGroup): number | undefined =>
  local.size === 1 ? undefined : Math.max(1, Math.floor(availableParallelism() / local.size));

/**
 * Errors: `missing-plugin`, `bad-argument` for `threads` other than a whole number of at least 1,
 * and those of the backend.
 */
export async function openBackend(
  plugins: PluginRegistry,
  { name = DEFAULT_BACKEND, threads }: BackendChoice = {},
): Promise<Backend> {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    throw new AutomodelError(
      'bad-argument',
      `threads must be a whole number of at least 1, not ${threads}`,
    );
  const plugin = await plugins.backend(name);
  return plugin.create({ threads });
}
