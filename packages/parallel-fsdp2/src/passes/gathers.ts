// What the passes of FSDP2 know of a graph: which nodes gather weights or reduce their gradients,
// and to which unit of the model they belong. A unit is a numbered layer; what is outside of layers
// is one unit for each module.
import { allGatherOp, layerScopeOf, reduceScatterOp, type Node } from '@automodel/core';

const AXIS = 'dp_shard';

/** Whether a node puts together weights that ranks hold in pieces. */
export const isGather = (node: Node): boolean =>
  node.op.name === allGatherOp.name &&
  node.attrs['axis'] === AXIS &&
  node.inputs.every((value) => value?.input?.kind === 'parameter');

/** Whether a node adds up a gradient and leaves every rank its piece. */
export const isReduction = (node: Node): boolean =>
  node.op.name === reduceScatterOp.name && node.attrs['axis'] === AXIS;

/** Nodes of one key travel together. */
export const unitKey = ({ scope, phase, attrs }: Node): string =>
  `${layerScopeOf(scope) ?? scope} ${phase} ${String(attrs['dtype'] ?? '')}`;
