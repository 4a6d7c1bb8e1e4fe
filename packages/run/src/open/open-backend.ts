// Opens the backend that a run asks for.
import { availableParallelism } from 'node:os';
import type { Backend, BackendPlugin, HostGroup } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { DEFAULT_BACKEND } from '@automodel/recipe';
import { singleProcess } from '@automodel/session';
import type { PluginRegistry } from '../plugins/plugin-registry.js';

/** Which backend to open, and how. */
export interface BackendChoice {
  /** A name that a backend plugin provides; default: the same as in recipes. */
  readonly name?: string | undefined;
  /** Absent: one per core, shared out to the processes of the machine. */
  readonly threads?: number | undefined;
}

/**
 * `host`: the processes of the run; all of them compute with instructions that every one has.
 * Errors: `missing-plugin`, `bad-argument` for `threads` other than a whole number of at least 1,
 * and those of the backend.
 */
export async function openBackend(
  plugins: PluginRegistry,
  { name = DEFAULT_BACKEND, threads }: BackendChoice = {},
  host: HostGroup = singleProcess.host,
): Promise<Backend> {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    throw new AutomodelError(
      'bad-argument',
      `threads must be a whole number of at least 1, not ${threads}`,
    );
  const plugin = await plugins.backend(name);
  if (host.size === 1) return plugin.create({ threads });
  const share = Math.max(1, Math.floor(availableParallelism() / host.local.size));
  const instructionSet = await commonInstructionSet(plugin, host);
  return plugin.create({ threads: threads ?? share, instructionSet });
}

/**
 * The best one that every process has: copies of a model that are updated with others drift apart.
 * Undefined: the backend has only one. Errors: `unsupported` if they have none in common.
 */
async function commonInstructionSet(
  { name, instructionSets }: BackendPlugin,
  host: HostGroup,
): Promise<string | undefined> {
  const all = await host.exchange(JSON.stringify(instructionSets?.() ?? []));
  const [own = [], ...others] = all.map((text) => JSON.parse(text) as readonly string[]);
  const common = own.find((set) => others.every((sets) => sets.includes(set)));
  if (common !== undefined || own.length === 0) return common;
  throw new AutomodelError(
    'unsupported',
    `the processes have no instruction set of backend ${name} in common: ` +
      all
        .map((sets, rank) => `rank ${rank} has ${(JSON.parse(sets) as string[]).join(', ')}`)
        .join('; '),
  );
}
