// What the passes of FSDP2 know of a graph: which nodes gather weights or reduce their gradients.
import { allGatherOp, reduceScatterOp, type Node, type Value } from '@automodel/core';

const AXES: readonly unknown[] = ['dp_shard', 'dp_shard_inner'];

const isOverPieces = ({ attrs }: Node): boolean => AXES.includes(attrs['axis']);

/** Whether a node puts together weights that ranks hold in pieces, or larger pieces of them. */
export const isGather = (node: Node): boolean =>
  node.op.name === allGatherOp.name && isOverPieces(node) && node.inputs.every(isPiece);

const isPiece = (value: Value | undefined): boolean =>
  value?.input?.kind === 'parameter' || (value?.node !== undefined && isGather(value.node));

/** The node that gathered a value, or what the value is a view of; undefined: none did. */
export function gatherOf(value: Value | undefined): Node | undefined {
  const node = value?.node;
  if (node === undefined) return undefined;
  if (node.op.view === true) return gatherOf(node.inputs[0]);
  return isGather(node) ? node : undefined;
}

/** Whether a node adds up a gradient and leaves every rank its piece. */
export const isReduction = (node: Node): boolean =>
  node.op.name === reduceScatterOp.name && isOverPieces(node);
