// Which nodes may become instructions of a chain, what they cost, and which operands are just
// numbers.
import { operandOf, type Node, type Value } from '../../graph/graph.js';
import { isChainable } from '../../ops/elementwise/chain-program.js';
import type { HostData } from '../../tensor/host-tensor.js';
import { sizeOf } from '../../tensor/shape.js';

/** Ops on bool that kernels of chains know. */
const OF_BOOL: ReadonlySet<string> = new Set([
  'cast',
  'and',
  'or',
  'xor',
  'not',
  'eq',
  'ne',
  'where',
]);

/** Ops that are cheap enough to be computed once for every element they are broadcast to. */
const CHEAP: ReadonlySet<string> = new Set([
  'add',
  'sub',
  'mul',
  'neg',
  'abs',
  'cast',
  'and',
  'or',
  'xor',
  'not',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'where',
  'maximum',
  'minimum',
  'relu',
  'clamp',
]);

export const isCheap = (node: Node): boolean => CHEAP.has(node.op.name);

/** True for an elementwise node that a chain may hold. Empty tensors and f64 stay outside. */
export function joinsChains(node: Node): boolean {
  if (!isChainable(node.op) || node.op.once === true || sizeOf(node.outputs[0].shape) === 0)
    return false;
  if ([...node.inputs, ...node.outputs].some((v) => v!.dtype === 'f64')) return false;
  return node.inputs.at(-1)!.dtype !== 'bool' || OF_BOOL.has(node.op.name);
}

/** The number that all elements of a constant of one element, or of a filled tensor, have. */
export function numberIn(value: Value): number | bigint | boolean | undefined {
  const { node } = value;
  if (node?.op.name === 'full') return node.attrs['value'] as number | bigint | boolean;
  if (node?.op.name === 'expand') return numberIn(operandOf(node));
  if (node?.op.name !== 'constant' || sizeOf(value.shape) !== 1) return undefined;
  const element = (node.attrs['data'] as HostData)[0]!;
  return value.dtype === 'bool' ? element !== 0 : element;
}
