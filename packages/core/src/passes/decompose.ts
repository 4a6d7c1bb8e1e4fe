// Replaces nodes that a backend has no kernel for by their definition in simpler ops, until every
// node has one.
import { formatType } from '../tensor/shape.js';
import { AutomodelError } from '../error.js';
import type { Graph, Node, TensorType, Value } from '../graph/graph.js';
import { rebuild } from '../graph/rebuild.js';
import { kernelOf, LAYOUT_OPS } from '../plan/kernel-table.js';
import type { PlanTarget } from '../plan/plan-graph.js';
import type { Pass, Rewrite } from './pass.js';

/** No op is defined through this many levels: if it takes more, a definition contains itself. */
const MAX_DEPTH = 32;

/** Errors: `missing-kernel` for a primitive without kernel, naming op, backend and scope. */
export const decompose = (target: PlanTarget): Pass => ({
  name: 'decompose',
  summary: 'replaces nodes without a kernel by their definition',
  numerics: 'reassociates',
  run: (graph) => {
    let rewrite: Rewrite = { graph, values: new Map() };
    for (let depth = 0; needsWork(rewrite.graph, target); depth++) {
      if (depth === MAX_DEPTH)
        throw new AutomodelError(
          'bad-graph',
          `graph ${graph.name}: decomposing for backend ${target.backend} does not end`,
        );
      rewrite = follow(rewrite, decomposeOnce(rewrite.graph, target));
    }
    return rewrite;
  },
});

const hasKernel = (node: Node, { kernels }: PlanTarget): boolean =>
  node.op.view === true || LAYOUT_OPS.has(node.op.name) || kernelOf(node, kernels) !== undefined;

const needsWork = (graph: Graph, target: PlanTarget): boolean =>
  graph.nodes.some((node) => !hasKernel(node, target));

function decomposeOnce(graph: Graph, target: PlanTarget): Rewrite {
  return rebuild(graph, ({ node, inputs }) => {
    if (hasKernel(node, target)) return undefined;
    if (node.op.decompose === undefined)
      throw new AutomodelError(
        'missing-kernel',
        `primitive op ${node.op.name}${node.scope === '' ? '' : ` in ${node.scope}`} has no ` +
          `kernel on backend ${target.backend}`,
        { hint: `operands: ${node.inputs.map(typeText).join(', ')}` },
      );
    return node.op.decompose(inputs, node.attrs);
  });
}

const typeText = (type: TensorType | undefined): string =>
  type === undefined ? '-' : formatType(type);

/** Two rewrites as one. */
function follow(first: Rewrite, second: Rewrite): Rewrite {
  const values = new Map<Value, Value>();
  for (const [old, value] of first.values) values.set(old, second.values.get(value) ?? value);
  for (const [old, value] of second.values) if (!values.has(old)) values.set(old, value);
  return { graph: second.graph, values };
}
