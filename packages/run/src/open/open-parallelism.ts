// Opens the strategy by which the processes of a run share it. In one process NeMo's strategies
// wrap nothing, so that recipes for many run as they are; several processes never run as if each
// were alone.
import type { HostGroup, Parallelism } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { ResolvedRecipe } from '@automodel/recipe';
import type { PluginRegistry } from '../plugins/plugin-registry.js';

/** The section `distributed`, or a part of it. */
export type Section = Partial<ResolvedRecipe['distributed']>;

const ALONE = 'none';
/** The strategies of NeMo that wrap nothing in one process. */
const WRAPS_MANY: readonly string[] = [ALONE, 'single', 'ddp', 'fsdp2'];
const FOR_MANY = 'fsdp2';

/** Errors: `bad-recipe` naming the key that does not fit the number of processes; the plugin's. */
export async function openParallelism(
  distributed: Section,
  plugins: PluginRegistry,
  host: HostGroup,
): Promise<Parallelism> {
  checkSize(distributed, 'dp_size', (size) => size === host.size, host);
  checkSize(distributed, 'dp_replicate_size', (size) => host.size % size === 0, host);
  const plugin = await plugins.parallelism(strategyOf(distributed, host));
  return plugin.create(distributed, { host });
}

function strategyOf({ strategy }: Section, { size }: HostGroup): string {
  if (size === 1) return WRAPS_MANY.includes(strategy ?? ALONE) ? ALONE : strategy!;
  if (strategy === 'single')
    throw new AutomodelError('bad-recipe', `single is for one process, and ${size} run`, {
      location: 'distributed.strategy',
      hint: 'set it to ddp or fsdp2',
    });
  return strategy ?? FOR_MANY;
}

function checkSize(
  section: Section,
  key: 'dp_size' | 'dp_replicate_size',
  fits: (size: number) => boolean,
  { size: processes }: HostGroup,
): void {
  const size = section[key];
  if (size === undefined || size === null || fits(size)) return;
  throw new AutomodelError(
    'bad-recipe',
    `${size} does not fit the ${processes === 1 ? 'one process' : `${processes} processes`} that ` +
      `run${processes === 1 ? 's' : ''}`,
    {
      location: `distributed.${key}`,
      hint: 'leave it out, or start as many processes: --nproc-per-node',
    },
  );
}
