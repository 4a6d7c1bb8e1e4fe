// Queries, keys and values of recorded attention as rows of tokens [B*S, heads, D]: heads move
// behind tokens, keys are turned back, and heads that were repeated for grouped queries are read
// where they were made once.
import {
  expand,
  type HostData,
  type Node,
  operandOf,
  permute,
  reshape,
  sameShape,
  type Shape,
  sizeAt,
  sizeOf,
  type Tensor,
  type Value,
} from '@automodel/core';
import { headsBehindTokens } from './heads-behind-tokens.js';
import { madeBy, scaled } from './recognize-value.js';
import type { Emission } from './pattern.js';

/**
 * Where attention happens: `batch` rows of `length` tokens in `heads` heads; scores are [lead...,
 * length, length].
 */
export interface HeadSpace {
  readonly lead: Shape;
  readonly batch: number;
  readonly heads: number;
  readonly length: number;
}

/** One operand of attention. */
export interface HeadOperand {
  readonly heads: number;
  readonly width: number;
  /** A number that multiplies it. */
  readonly factor: number;
  /** [B*S, heads, width]. */
  emit(emission: Emission): Tensor;
}

/** How an operand lies, and what may be taken out of it. */
export interface OperandOptions {
  /** [..., width, S] instead of [..., S, width]. */
  readonly transposed?: boolean;
  /** A number that multiplies it becomes `factor`. */
  readonly scalable?: boolean;
  /** Heads repeated for groups of queries are read once. */
  readonly grouped?: boolean;
}

/** The leading dimensions of `value` broadcast to those of the space. */
export function headOperand(value: Value, space: HeadSpace, options: OperandOptions): HeadOperand {
  const { transposed = false, scalable = false, grouped = false } = options;
  const width = sizeAt(value, transposed ? -2 : -1);
  const turned = transposed ? turnedBack(value) : undefined;
  if (turned !== undefined) return headOperand(turned, space, { ...options, transposed: false });
  const repeated = transposed || !grouped ? undefined : beforeRepetition(value, space, width);
  const unrepeated = ownHeads(value.shape.slice(0, -2), space);
  const own = repeated ?? {
    value,
    heads: grouped || unrepeated === space.heads ? unrepeated : undefined,
  };
  const { source, factor } = scalable
    ? unscaled(own.value)
    : { source: sameTensor(own.value), factor: 1 };
  const heads = own.heads ?? space.heads;
  const { batch, length } = space;
  const direct =
    factor === 1 && !transposed && sameShape(own.value.shape, [batch, heads, length, width]);
  const emit: Make = direct
    ? (emission) => reshape(headsBehindTokens(emission, own.value), [batch * length, heads, width])
    : (emission) =>
        tokenRows(
          emission,
          source,
          own.heads === undefined,
          { ...space, heads },
          width,
          transposed,
        );
  return { heads, width, factor, emit };
}

type Make = (emission: Emission) => Tensor;

const sameTensor =
  (value: Value): Make =>
  ({ tensorOf }) =>
    tensorOf(value);

function tokenRows(
  emission: Emission,
  make: Make,
  broadcast: boolean,
  { lead, batch, heads, length }: HeadSpace,
  width: number,
  transposed: boolean,
): Tensor {
  const x = make(emission);
  const whole = broadcast ? expand(x, [...lead, ...x.shape.slice(-2)]) : x;
  const byHead = transposed
    ? permute(reshape(whole, [batch, heads, width, length]), [0, 1, 3, 2])
    : reshape(whole, [batch, heads, length, width]);
  return reshape(permute(byHead, [0, 2, 1, 3]), [batch * length, heads, width]);
}

/**
 * The heads that leading dimensions hold, where broadcasting (or an sdpa with fewer of them)
 * repeats them for groups of neighbours; undefined where it does anything else.
 */
function ownHeads(own: Shape, { lead, batch }: HeadSpace): number | undefined {
  if (own.length !== lead.length) return undefined;
  const repeated = own.findIndex((d, i) => d !== lead[i]);
  const grouped = repeated === own.length - 1 && (lead[repeated] ?? 0) % (own[repeated] ?? 0) === 0;
  if (repeated === 0 || (repeated !== -1 && !grouped && !own.slice(repeated).every((d) => d === 1)))
    return undefined;
  return sizeOf(own) / batch;
}

/** x of a permute that only swaps the last two dimensions. */
function turnedBack(value: Value): Value | undefined {
  const node = madeBy(value, 'permute');
  return node !== undefined && swapsLastTwo(node.attrs['dims'] as readonly number[])
    ? operandOf(node)
    : undefined;
}

function swapsLastTwo(dims: readonly number[]): boolean {
  const straight = dims.map((_, i) => i);
  const swapped = [...straight.slice(0, -2), ...straight.slice(-2).reverse()];
  return dims.every((d, i) => d === swapped[i]);
}

/** Heads before each was repeated for its group of queries, by expand or by indices. */
function beforeRepetition(
  value: Value,
  space: HeadSpace,
  width: number,
): { readonly value: Value; readonly heads: number } | undefined {
  const node = madeBy(value, 'reshape')?.inputs[0]?.node ?? value.node;
  if (
    sizeOf(value.shape) !== space.batch * space.heads * space.length * width ||
    node === undefined
  )
    return undefined;
  if (node.op.name === 'index') return byIndex(node, space, width);
  if (node.op.name !== 'expand') return undefined;
  const source = operandOf(node);
  const [from, to] = [source.shape, node.outputs[0].shape];
  if (from.length !== to.length) return undefined;
  const axis = from.findIndex((d, i) => d !== to[i]);
  const once =
    axis > 0 &&
    from.every((d, i) => i === axis || d === to[i]) &&
    sizeOf(to.slice(axis + 1)) === space.length * width;
  const heads = sizeOf(to.slice(0, axis)) / space.batch;
  return once && Number.isInteger(heads) ? { value: source, heads } : undefined;
}

/** x[:, [0, 0, 1, 1, ...]]. */
function byIndex(
  node: Node,
  space: HeadSpace,
  width: number,
): { readonly value: Value; readonly heads: number } | undefined {
  const [x, indices] = [operandOf(node, 0), operandOf(node, 1)];
  const dims = node.attrs['dims'] as readonly number[];
  const data = madeBy(indices, 'constant')?.attrs['data'] as HostData | undefined;
  const [, heads = 0] = x.shape;
  const fits =
    data !== undefined &&
    x.shape.length === 4 &&
    dims.length === 1 &&
    dims[0] === 1 &&
    indices.shape.length === 1 &&
    data.length === space.heads &&
    x.shape[0] === space.batch &&
    x.shape[3] === width;
  return fits &&
    space.heads % heads === 0 &&
    data.every(
      (v: number | bigint, i: number) => Number(v) === Math.floor((i * heads) / space.heads),
    )
    ? { value: x, heads }
    : undefined;
}

/** A value without the number that multiplies it before its views. */
function unscaled(value: Value): { readonly source: Make; readonly factor: number } {
  const views: Node[] = [];
  let below = value;
  for (
    let node = madeBy(below, 'reshape', 'permute');
    node !== undefined;
    node = madeBy(below, 'reshape', 'permute')
  ) {
    views.push(node);
    below = operandOf(node);
  }
  const times = scaled(below);
  if (times === undefined) return { source: sameTensor(value), factor: 1 };
  const source: Make = ({ tensorOf }) =>
    views.reduceRight(
      (x, node) =>
        node.op.name === 'reshape'
          ? reshape(x, node.outputs[0].shape)
          : permute(x, node.attrs['dims'] as readonly number[]),
      tensorOf(times.x),
    );
  return { source, factor: times.factor };
}
