// Kernel tables for tests: every op has a kernel, some read strided views, some need workspace.
import type { KernelTable, KernelSupport } from '../../src/plan/kernel-table.js';
import type { Graph } from '../../src/graph/graph.js';
import type { OpDefinition } from '../../src/ops/support/define-op.js';
import { copyOp } from '../../src/ops/layout/copy.js';

/** A table with a kernel for each op of `graph`, and for copies. */
export const kernelsFor = (graph: Graph, support: KernelSupport = {}): KernelTable => ({
  copy: {},
  ...Object.fromEntries(graph.nodes.map((n) => [n.op.name, support])),
});

/** The ops of `graph` by name. */
export const opsOf = (graph: Graph): ReadonlyMap<string, OpDefinition> =>
  new Map(
    [copyOp as unknown as OpDefinition, ...graph.nodes.map((n) => n.op)].map((op) => [op.name, op]),
  );
