// Which ops have a kernel. Here a kernel is the op's own reference function, so every primitive has
// one; fused and composite ops have none and are decomposed into primitives before planning.
import { builtinOps, type KernelTable, type OpDefinition } from '@automodel/core';

const OPS: readonly OpDefinition[] = Object.values(
  builtinOps as unknown as Record<string, OpDefinition>,
);

/** The reference function of an op. Errors of a backend with real kernels: none of that name. */
export const opNamed = (name: string): OpDefinition | undefined =>
  OPS.find((op) => op.name === name && op.reference !== undefined);

/**
 * The kernels read operands through their strides, so they take any view. One that cannot leaves
 * `acceptsView` out, and the planner copies views to row-major first; one that needs memory beside
 * its operands says how much in `workspaceBytes`.
 */
export const KERNELS: KernelTable = Object.fromEntries(
  OPS.map((op) => [
    op.name,
    op.reference === undefined ? 'decompose' : { acceptsView: () => true },
  ]),
);
