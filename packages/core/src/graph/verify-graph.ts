// The graph verifier: run after every pass in tests and debug builds. It trusts nothing that a pass
// could have broken.
import { AutomodelError } from '../error.js';
import type { Graph, Node, Value } from './graph.js';
import { printNode } from './print-graph.js';
import { formatType, sameShape } from '../tensor/shape.js';

/**
 * Throws `bad-graph` naming the first node that breaks a rule: operands defined before use and
 * once, types as the op infers them, results and assigns that exist and fit.
 */
export function verifyGraph(graph: Graph, after = 'construction'): void {
  const fail = (message: string): never => {
    throw new AutomodelError('bad-graph', `graph ${graph.name} after ${after}: ${message}`);
  };
  const known = new Set<Value>();
  const ids = new Set<number>();
  const define = (value: Value, where: () => string): void => {
    if (known.has(value)) fail(`${where()} defines %${value.id} again`);
    if (ids.has(value.id)) fail(`${where()} uses the id %${value.id} a second time`);
    known.add(value);
    ids.add(value.id);
  };
  for (const value of graph.inputs) {
    if (value.input === undefined || value.node !== undefined)
      fail(`%${value.id} is listed as an input but is the result of a node`);
    define(value, () => `input ${value.input.name}`);
  }
  for (const node of graph.nodes) {
    for (const value of node.inputs)
      if (value !== undefined && !known.has(value))
        fail(`operand %${value.id} is not defined before ${printNode(node)}`);
    verifyTypes(node, fail);
    for (const value of node.outputs) {
      if (value.node !== node)
        fail(`%${value.id} does not name the node that makes it: ${printNode(node)}`);
      define(value, () => printNode(node));
    }
  }
  for (const output of graph.outputs)
    if (!known.has(output.value)) fail(`output ${output.name} is not defined`);
  const targets = new Set<Value>();
  for (const { target, value } of graph.assigns) {
    if (target.input === undefined || !known.has(target) || !known.has(value))
      fail(`an assign to %${target.id} names values that are not in the graph`);
    if (targets.has(target)) fail(`${target.input.name} is assigned twice`);
    if (target.dtype !== value.dtype || !sameShape(target.shape, value.shape))
      fail(`${target.input.name} is assigned a value of another type`);
    targets.add(target);
  }
}

function verifyTypes(node: Node, fail: (message: string) => never): void {
  const types = node.op.infer(node.inputs, node.attrs);
  if (types.length !== node.outputs.length)
    fail(
      `${node.op.name} makes ${types.length} values, the node has ${node.outputs.length}: ` +
        `${printNode(node)}`,
    );
  types.forEach((type, i) => {
    const value = node.outputs[i]!;
    if (type.dtype !== value.dtype || !sameShape(type.shape, value.shape))
      fail(
        `${node.op.name} gives ${formatType(type)}, the node says otherwise: ` +
          `${printNode(node)}`,
      );
  });
}
