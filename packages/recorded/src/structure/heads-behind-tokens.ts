// The same values with heads behind tokens, made so from the start: joins, parts and repetitions of
// [B, heads, S, width] move the dimensions of their operands instead of their own, down to where
// the two were exchanged, so that latent attention writes its heads where attention reads them.
import {
  cat,
  expand,
  full,
  permute,
  slice,
  sliceScatter,
  type Tensor,
  type Value,
} from '@automodel/core';
import type { Emission } from './pattern.js';

const EXCHANGE = [0, 2, 1, 3] as const;

const exchanged = <T>(list: readonly T[]): T[] => EXCHANGE.map((axis) => list[axis]!);

/** `value` [B, heads, S, width] as [B, S, heads, width]. */
export function headsBehindTokens(emission: Emission, value: Value): Tensor {
  const node = value.node;
  const operand = (i: number): Tensor => headsBehindTokens(emission, node!.inputs[i]!);
  const list = (name: string): number[] => exchanged(node!.attrs[name] as readonly number[]);
  const flat = node?.inputs.every((v) => v?.shape.length === 4) === true;
  switch (flat ? node.op.name : undefined) {
    case 'permute':
      return (node!.attrs['dims'] as readonly number[]).join() === EXCHANGE.join()
        ? emission.tensorOf(node!.inputs[0]!)
        : permute(emission.tensorOf(value), EXCHANGE);
    case 'cat':
      return cat(
        node!.inputs.map((_, i) => operand(i)),
        EXCHANGE.indexOf(Number(node!.attrs['dim']) as 0),
      );
    case 'slice':
      return slice(operand(0), list('start'), list('end'), list('step'));
    case 'expand':
      return expand(operand(0), exchanged(value.shape));
    case 'slice_scatter':
      return sliceScatter(operand(0), operand(1), list('start'), list('end'), list('step'));
    case 'full':
      return full(
        exchanged(value.shape),
        node!.attrs['value'] as number,
        value.dtype,
        emission.trace,
      );
    default:
      return permute(emission.tensorOf(value), EXCHANGE);
  }
}
