// The units of a model, whose weights are whole together: a numbered layer; outside of layers, the
// modules up to and with the next one that has a matrix, such as the last norm and the head.
import { bytesOf, layerScopeOf, sizeOf, type Graph, type Node } from '@automodel/core';

/** The unit of each node that `belongs`, named by module and pass through the model. */
export function unitsOf(graph: Graph, belongs: (node: Node) => boolean): ReadonlyMap<Node, string> {
  const units = new Map<Node, string>();
  let open: string | undefined;
  let runs = 0;
  for (const node of graph.nodes) {
    if (!belongs(node)) continue;
    const layer = layerScopeOf(node.scope);
    if (layer !== undefined) open = undefined;
    else if (open === undefined) open = `outside ${runs++}`;
    units.set(node, `${layer ?? open!} ${node.phase}`);
    if (node.outputs.some(({ shape }) => shape.length > 1)) open = undefined;
  }
  return units;
}

/** Bytes of the operands of a node. */
export const operandBytes = ({ inputs }: Node): number =>
  inputs.reduce(
    (sum, value) => sum + (value === undefined ? 0 : sizeOf(value.shape) * bytesOf(value.dtype)),
    0,
  );
