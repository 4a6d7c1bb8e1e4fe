// The mesh of a run: how many processes are along each of NeMo's axes, and where this one is. Ranks
// count along the innermost axis first, so neighbours share what is exchanged most often.
import { DATA_AXES, MESH_AXES, type Mesh, type MeshAxis, type Ranks } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

/** Processes along each axis; 1 where an axis is left out. */
export type MeshSizes = { readonly [axis in MeshAxis]?: number | undefined };

/** Axes that no strategy fills yet, and what they are for. */
const NOT_YET: Partial<Readonly<Record<MeshAxis, string>>> = {
  pp: 'pipeline parallelism',
  cp: 'context parallelism',
  tp: 'tensor parallelism',
};

/**
 * The mesh of the process `rank` of `size`. Errors: `bad-recipe` naming the key, for sizes that
 * are not available or do not multiply to the number of processes.
 */
export function createMesh(sizes: MeshSizes, { size, rank }: Ranks): Mesh {
  for (const [axis, what] of Object.entries(NOT_YET))
    if ((sizes[axis as MeshAxis] ?? 1) > 1)
      throw new AutomodelError('bad-recipe', `${what} is not available yet`, {
        location: `distributed.${axis}_size`,
        hint: 'leave it out, or set it to 1',
      });
  const of = (axis: MeshAxis): number => sizes[axis] ?? 1;
  const product = MESH_AXES.reduce((count, axis) => count * of(axis), 1);
  if (product !== size)
    throw new AutomodelError(
      'bad-recipe',
      `the sizes multiply to ${product}, and ${size} process${size === 1 ? ' runs' : 'es run'}`,
      { location: 'distributed' },
    );
  let inner = 1;
  const axes = {} as Record<MeshAxis, Ranks>;
  for (const axis of MESH_AXES.toReversed()) {
    axes[axis] = { size: of(axis), rank: Math.floor(rank / inner) % of(axis) };
    inner *= of(axis);
  }
  const data = DATA_AXES.map((axis) => axes[axis]).reduce((outer, own) => ({
    size: outer.size * own.size,
    rank: outer.rank * own.size + own.rank,
  }));
  return { size, rank, axes, data };
}

/** The sizes that a recipe gives to the axes over which a model is cut. Errors: as sizeOption. */
export const modelAxes = (options: Readonly<Record<string, unknown>>): MeshSizes => ({
  pp: sizeOption(options, 'pp_size'),
  cp: sizeOption(options, 'cp_size'),
  tp: sizeOption(options, 'tp_size'),
});

/**
 * A number of processes from the section `distributed`; undefined where it is left out or null.
 * Errors: `bad-recipe` for what is not a whole number from 1 on.
 */
export function sizeOption(
  options: Readonly<Record<string, unknown>>,
  key: string,
): number | undefined {
  const value = options[key] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
  throw new AutomodelError('bad-recipe', `must be a whole number from 1 on`, {
    location: `distributed.${key}`,
  });
}
