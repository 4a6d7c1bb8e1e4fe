// One kernel for the updates of many parameters: those with the same settings and the same scalars
// are made together, at the end of the program, in lists of at most MAX_PARAMETERS.
import { rootOf, streamOf, usersOf, type Graph, type Node, type Value } from '../graph/graph.js';
import type { Trace } from '../graph/trace.js';
import { full } from '../ops/creation/full.js';
import { adamwManyOp } from '../ops/optimizer/adamw-many.js';
import { adamwOp } from '../ops/optimizer/adamw.js';
import { sgdManyOp } from '../ops/optimizer/sgd-many.js';
import { sgdOp } from '../ops/optimizer/sgd.js';
import { byParameter, inLists, inPieces } from '../ops/optimizer/tensor-lists.js';
import type { OpDefinition } from '../ops/support/define-op.js';
import { hasKernel } from '../plan/kernel-table.js';
import type { PlanTarget } from '../plan/plan-graph.js';
import { sizeOf } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { joinAtEnd, type JoinedNodes } from './join-at-end.js';
import type { Pass } from './pass.js';

/**
 * What is made for one update lives until the end of the program when the update waits for others,
 * so it must be small.
 */
const SMALL_ELEMENTS = 16384;

export const batchUpdates = (target: PlanTarget): Pass => ({
  name: 'batch-updates',
  summary: 'updates parameters with the same settings together',
  numerics: 'bitwise',
  run: (graph) => joinAtEnd(graph, updateLists(graph, target)),
});

/** How an update becomes an entry of a list: operands by their places. */
interface ListForm {
  readonly many: OpDefinition;
  /** In the order of the lists; the first ones are those that the results replace. */
  readonly tensors: readonly number[];
  readonly scalars: readonly number[];
  readonly results: number;
}

const ADAMW: ListForm = {
  many: adamwManyOp as unknown as OpDefinition,
  tensors: [0, 2, 3, 1],
  scalars: [4, 5, 6, 7, 8, 9],
  results: 3,
};
const SGD = { many: sgdManyOp as unknown as OpDefinition, scalars: [3, 4, 5, 6] };

/** The lists that the node can be an entry of; a buffer without momentum has no place in one. */
function formOf({ op, inputs, attrs }: Node): ListForm | undefined {
  if ((op as unknown) === adamwOp) return ADAMW;
  if ((op as unknown) !== sgdOp || (inputs[2] === undefined) !== (attrs['momentum'] === 0))
    return undefined;
  return inputs[2] === undefined
    ? { ...SGD, tensors: [0, 1], results: 1 }
    : { ...SGD, tensors: [0, 2, 1], results: 2 };
}

/** Updates that can share a list have the same key. */
function keyOf({ op, inputs, attrs, phase }: Node, { tensors, scalars }: ListForm): string {
  const types = tensors.map((i) => inputs[i]!.dtype);
  return JSON.stringify([op.name, attrs, phase, types, scalars.map((i) => inputs[i]!.id)]);
}

function updateLists(graph: Graph, { kernels }: PlanTarget): JoinedNodes[] {
  const users = usersOf(graph);
  const groups = new Map<string, { readonly form: ListForm; readonly nodes: Node[] }>();
  for (const node of graph.nodes) {
    const form = formOf(node);
    if (
      form === undefined ||
      !hasKernel(kernels, form.many) ||
      node.outputs.some((value) => users.has(value)) ||
      !form.tensors.every((i) => mayWait(node.inputs[i]!))
    )
      continue;
    const key = keyOf(node, form);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { form, nodes: [node] });
    else group.nodes.push(node);
  }
  return [...groups.values()].flatMap(({ form, nodes }) =>
    inPieces(nodes)
      .filter((piece) => piece.length > 1)
      .map((piece) => listOf(form, piece)),
  );
}

/** Whether memory holds the value at the end of the program anyway, or it takes little of it. */
function mayWait(value: Value): boolean {
  const { node } = rootOf(value);
  return (
    node === undefined || (sizeOf(value.shape) <= SMALL_ELEMENTS && streamOf(node) === 'compute')
  );
}

const listOf = ({ many, tensors, scalars, results }: ListForm, nodes: Node[]): JoinedNodes => ({
  nodes,
  join: ({ trace, tensorOf }) => {
    const { inputs, attrs } = nodes[0]!;
    const lists = inLists(nodes.map((node) => tensors.map((i) => tensorOf(node.inputs[i]!))));
    const operands = [...scalars.map((i) => tensorOf(inputs[i]!)), ...lists];
    const made = trace.at('', trace.phase, () => trace.apply(many, operands, attrs));
    return byParameter(many.name, made, results).map((of, i) => [
      ...of,
      ...nodes[i]!.outputs.slice(results).map((left) => unread(trace, left)),
    ]);
  },
});

/** In place of a result that the list does not have, and nobody reads. */
const unread = (trace: Trace, { shape, dtype }: Value): Tensor => full(shape, 0, dtype, trace);
