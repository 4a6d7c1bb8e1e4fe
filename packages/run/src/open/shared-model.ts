// How several processes share one model outside of a recipe's run: the strategy is opened for their
// group, and the backend of each connected with the others.
import type { Backend, HostGroup, Parallelism } from '@automodel/contracts';
import { singleProcess } from '@automodel/session';
import type { PluginRegistry } from '../plugins/plugin-registry.js';
import { connectRanks } from './connect-ranks.js';
import { openParallelism, type Section } from './open-parallelism.js';

/** The processes that share a model, and how. */
export interface SharedBy {
  readonly host: HostGroup;
  /** As in a recipe's `distributed`. */
  readonly distributed?: Section | undefined;
  /** As in a recipe's `dist_env.backend`. */
  readonly engine?: string | undefined;
}

/** Before the backend allocates anything. Errors: as for a recipe's sections. */
export async function openShared(
  plugins: PluginRegistry,
  backend: Backend,
  shared: SharedBy | undefined,
): Promise<Parallelism> {
  if (shared === undefined || shared.host.size === 1) return singleProcess;
  const parallelism = await openParallelism(shared.distributed ?? {}, plugins, shared.host);
  await connectRanks(shared.engine ?? null, backend, parallelism);
  return parallelism;
}
