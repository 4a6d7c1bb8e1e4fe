// The same values with heads behind tokens, made so from the start: joins, parts and repetitions of
// [B, heads, S, width] move the dimensions of their operands instead of their own, down to where
// the two were exchanged, so that latent attention writes its heads where attention reads them.
import {
  cat,
  expand,
  full,
  operandOf,
  permute,
  slice,
  sliceScatter,
  type Tensor,
  type Value,
} from '@automodel/core';
import type { Emission } from './pattern.js';

const EXCHANGE = [0, 2, 1, 3] as const;
/** Latent attention takes a few levels; what lies deeper is exchanged as it is. */
const MAX_LEVELS = 16;

const exchanged = (list: readonly number[]): number[] =>
  EXCHANGE.flatMap((axis) => list[axis] ?? []);

/** `value` [B, heads, S, width] as [B, S, heads, width]. */
export const headsBehindTokens = (emission: Emission, value: Value): Tensor =>
  new Exchange(emission).of(value, 0);

class Exchange {
  /** What several operands share is made once. */
  readonly #made = new Map<Value, Tensor>();

  constructor(private readonly emission: Emission) {}

  of(value: Value, level: number): Tensor {
    const made = this.#made.get(value) ?? this.#make(value, level);
    this.#made.set(value, made);
    return made;
  }

  #make(value: Value, level: number): Tensor {
    const { trace, tensorOf } = this.emission;
    const { node } = value;
    const operands = (node?.inputs ?? []).filter((v) => v?.shape.length === 4);
    if (node === undefined || operands.length < node.inputs.length || level === MAX_LEVELS)
      return permute(tensorOf(value), EXCHANGE);
    const operand = (i: number): Tensor => this.of(operandOf(node, i), level + 1);
    const list = (name: string): number[] => exchanged(node.attrs[name] as readonly number[]);
    switch (node.op.name) {
      case 'permute':
        return (node.attrs['dims'] as readonly number[]).join() === EXCHANGE.join()
          ? tensorOf(operandOf(node))
          : permute(tensorOf(value), EXCHANGE);
      case 'cat':
        return cat(
          operands.map((_, i) => operand(i)),
          exchanged([0, 1, 2, 3]).indexOf(Number(node.attrs['dim'])),
        );
      case 'slice':
        return slice(operand(0), list('start'), list('end'), list('step'));
      case 'expand':
        return expand(operand(0), exchanged(value.shape));
      case 'slice_scatter':
        return sliceScatter(operand(0), operand(1), list('start'), list('end'), list('step'));
      case 'full':
        return full(exchanged(value.shape), node.attrs['value'] as number, value.dtype, trace);
      default:
        return permute(tensorOf(value), EXCHANGE);
    }
  }
}
