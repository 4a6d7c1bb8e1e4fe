// What the passes of FSDP2 know of a graph: which nodes gather weights or reduce their gradients,
// and to which unit of the model they belong. A unit is a numbered layer; what is outside of layers
// is one unit for each module.
import { allGatherOp, layerScopeOf, reduceScatterOp, type Node, type Value } from '@automodel/core';

const AXES: readonly unknown[] = ['dp_shard', 'dp_shard_inner'];

const isOverPieces = ({ attrs }: Node): boolean => AXES.includes(attrs['axis']);

/** Whether a node puts together weights that ranks hold in pieces, or larger pieces of them. */
export const isGather = (node: Node): boolean =>
  node.op.name === allGatherOp.name && isOverPieces(node) && node.inputs.every(isPiece);

const isPiece = (value: Value | undefined): boolean =>
  value?.input?.kind === 'parameter' || (value?.node !== undefined && isGather(value.node));

/** Whether a node adds up a gradient and leaves every rank its piece. */
export const isReduction = (node: Node): boolean =>
  node.op.name === reduceScatterOp.name && isOverPieces(node);

/** The unit of a node, and the pass through the model for which it works. */
export const unitKey = ({ scope, phase }: Node): string =>
  `${layerScopeOf(scope) ?? scope} ${phase}`;
