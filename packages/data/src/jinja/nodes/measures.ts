// What is told of trees before they are compiled: their blocks, their size and their height.
import { childrenOf } from './children.js';
import type { AnyNode, BlockNode } from './statement.js';

/** All blocks within a node, and the node itself where it is one. */
export function blocksIn(node: AnyNode): BlockNode[] {
  const within = childrenOf(node).flatMap(blocksIn);
  return node.kind === 'block' ? [node, ...within] : within;
}

/** Nodes of a body: what running it once is counted as. */
export function sizeOf(nodes: readonly AnyNode[]): number {
  let size = nodes.length;
  for (const node of nodes) size += sizeOf(childrenOf(node));
  return size;
}

/** Levels of a body. */
export function heightOf(nodes: readonly { readonly height: number }[]): number {
  return nodes.reduce((height, node) => Math.max(height, node.height), 1);
}
