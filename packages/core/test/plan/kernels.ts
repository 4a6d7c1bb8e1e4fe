// Kernel tables for tests: every op has a kernel, some read strided views, some need workspace.
import type { KernelTable, KernelSupport } from '../../src/plan/kernel-table.js';
import type { Graph } from '../../src/graph/graph.js';
import type { OpDefinition } from '../../src/ops/define-op.js';

/** A table with a kernel for each op of `graph`. */
export const kernelsFor = (graph: Graph, support: KernelSupport = {}): KernelTable => Object.fromEntries(graph.nodes.map((n) => [n.op.name, support]));

/** The ops of `graph` by name. */
export const opsOf = (graph: Graph): ReadonlyMap<string, OpDefinition> => new Map(graph.nodes.map((n) => [n.op.name, n.op]));
