// Connects the backend of each process with those of the others, so that programs run collectives
// between them.
import type { Backend, Engine, HostGroup, Parallelism } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

/** NeMo's engines, which its recipes name whatever they run on. */
const OF_NEMO: readonly string[] = ['nccl' satisfies Engine, 'gloo'];

/**
 * The engine that `dist_env.backend` chooses: the backend's default where it names none, or one of
 * NeMo's that the backend does not have. Errors: `unsupported` for a backend without engines;
 * `bad-recipe` for an engine that it does not have.
 */
export function engineOf(
  wanted: string | null,
  { name, engines = [] }: Pick<Backend, 'name' | 'engines'>,
): string {
  const [standard] = engines;
  if (standard === undefined)
    throw new AutomodelError('unsupported', `backend ${name} runs in one process only`);
  if (wanted === null || (OF_NEMO.includes(wanted) && !engines.includes(wanted))) return standard;
  if (engines.includes(wanted)) return wanted;
  throw new AutomodelError('bad-recipe', `backend ${name} has no engine ${wanted}`, {
    location: 'dist_env.backend',
    hint: `set it to ${engines.join(' or ')}, or leave it out`,
  });
}

/** Does nothing in one process. Errors: those of `engineOf` and of the backend. */
export async function connectRanks(
  wanted: string | null,
  backend: Backend,
  { mesh, host }: Parallelism,
): Promise<void> {
  if (host.size === 1) return;
  const engine = engineOf(wanted, backend);
  await backend.connect?.({ engine, mesh, host });
}

/** What a run says of the engine, where it is not the one that the recipe names. */
export function engineNotes(
  wanted: string | null,
  backend: Pick<Backend, 'name' | 'engines'>,
  host: Pick<HostGroup, 'size'>,
): readonly string[] {
  if (host.size === 1 || wanted === null) return [];
  const engine = engineOf(wanted, backend);
  return engine === wanted
    ? []
    : [`dist_env.backend ${wanted} is not for this backend: ${engine} is used.`];
}
