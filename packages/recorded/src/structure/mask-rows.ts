// Evaluates masks over [queries, keys] for chosen queries only, on demand and on the definitions of
// the ops: what broadcasting makes large is computed for those rows alone, small values whole. So a
// mask of any length is looked at in bounded memory.
import {
  allocateHostData,
  copyElement,
  evaluateNode,
  type HostTensor,
  type Node,
  printNode,
  type Shape,
  sizeOf,
  type TensorType,
  type Value,
} from '@automodel/core';

/** Values of at most this many elements are evaluated whole. */
const SMALL = 2 ** 16;
/** Nothing larger is ever made. */
const LARGEST = 2 ** 24;

/** Ops whose result at a place depends on their operands at that place. */
const POINTWISE = new Set([
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'maximum',
  'minimum',
  'remainder',
  'floordiv',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'and',
  'or',
  'xor',
  'not',
  'neg',
  'abs',
  'exp',
  'log',
  'sign',
  'floor',
  'ceil',
  'trunc',
  'relu',
  'isnan',
  'isinf',
  'isfinite',
  'cast',
  'clamp',
  'where',
]);

/** Thrown where a mask cannot be evaluated; the message says why. */
export class CannotEvaluate extends Error {}

export class MaskRows {
  readonly #feeds: ReadonlyMap<Value, HostTensor>;
  readonly #rows: readonly number[];
  readonly #whole: Map<Value, HostTensor>;
  readonly #restricted = new Map<string, HostTensor>();

  /** `whole` holds values that were evaluated before with the same feeds. */
  constructor(
    feeds: ReadonlyMap<Value, HostTensor>,
    rows: readonly number[],
    whole: Map<Value, HostTensor> = new Map(),
  ) {
    this.#feeds = feeds;
    this.#rows = rows;
    this.#whole = whole;
  }

  /**
   * `value` with only the chosen rows of its last dimension but one; all of it where that has size
   * one.
   */
  of(value: Value): HostTensor {
    return this.#at(value, value.shape.length - 2);
  }

  #at(value: Value, axis: number): HostTensor {
    if (axis < 0 || value.shape[axis] === 1) return this.#all(value);
    const key = `${value.id} ${axis}`;
    let found = this.#restricted.get(key);
    if (found === undefined) this.#restricted.set(key, (found = this.#derive(value, axis)));
    return found;
  }

  #all(value: Value): HostTensor {
    const found = this.#whole.get(value) ?? this.#feeds.get(value);
    if (found !== undefined) return found;
    const { node } = value;
    if (node === undefined) throw new CannotEvaluate(`it reads ${value.input!.name}`);
    if (sizeOf(value.shape) > LARGEST)
      throw new CannotEvaluate(`${node.op.name} makes ${sizeOf(value.shape)} elements at once`);
    const results = evaluateNode(
      node,
      node.inputs.map((v) => (v === undefined ? undefined : this.#all(v))),
      'exact',
    );
    node.outputs.forEach((output, i) => this.#whole.set(output, results[i]!));
    return this.#whole.get(value)!;
  }

  #derive(value: Value, axis: number): HostTensor {
    const { node } = value;
    const type: TensorType = {
      shape: value.shape.with(axis, this.#rows.length),
      dtype: value.dtype,
    };
    if (node === undefined || sizeOf(value.shape) <= SMALL)
      return takeRows(this.#all(value), axis, this.#rows);
    if (sizeOf(type.shape) > LARGEST) throw new CannotEvaluate(`${printNode(node)} is too large`);
    const results = this.#narrow(node, value, axis, type);
    return results ?? takeRows(this.#all(value), axis, this.#rows);
  }

  /** The rows of a node from the rows of its operands; undefined where the op mixes rows. */
  #narrow(node: Node, value: Value, axis: number, type: TensorType): HostTensor | undefined {
    const operand = node.inputs[0];
    const rank = value.shape.length;
    const reference = (inputs: readonly HostTensor[], attrs = node.attrs): HostTensor =>
      node.op.reference!(inputs, attrs, [type])[0];
    if (POINTWISE.has(node.op.name))
      return reference(node.inputs.map((v) => this.#at(v!, axis - (rank - v!.shape.length))));
    switch (node.op.name) {
      case 'full':
        return reference([], { ...node.attrs, shape: type.shape });
      case 'expand':
        return reference([this.#at(operand!, axis - (rank - operand!.shape.length))], {
          shape: type.shape,
        });
      case 'permute':
        return reference([this.#at(operand!, (node.attrs['dims'] as readonly number[])[axis]!)]);
      case 'reshape': {
        const from = sameAxis(operand!.shape, value.shape, axis);
        return from === undefined ? undefined : { ...type, data: this.#at(operand!, from).data };
      }
      case 'tril':
      case 'triu':
        return axis === rank - 2 ? this.#triangle(node, this.#at(operand!, axis), type) : undefined;
      default:
        return undefined;
    }
  }

  #triangle(node: Node, x: HostTensor, type: TensorType): HostTensor {
    const data = allocateHostData(type.dtype, x.data.length);
    const [columns, diagonal] = [type.shape.at(-1)!, Number(node.attrs['diagonal'])];
    for (let i = 0; i < data.length; i++) {
      const distance = (i % columns) - this.#rows[Math.floor(i / columns) % this.#rows.length]!;
      if (node.op.name === 'tril' ? distance <= diagonal : distance >= diagonal)
        copyElement(data, i, x.data, i);
    }
    return { ...type, data };
  }
}

/** The dimension of `from` that a reshape keeps as dimension `axis` of `to`. */
function sameAxis(from: Shape, to: Shape, axis: number): number | undefined {
  const before = sizeOf(to.slice(0, axis));
  const found = from.findIndex(
    (size, i) => size === to[axis] && sizeOf(from.slice(0, i)) === before,
  );
  return found === -1 ? undefined : found;
}

function takeRows(x: HostTensor, axis: number, rows: readonly number[]): HostTensor {
  const [outer, size, inner] = [
    sizeOf(x.shape.slice(0, axis)),
    x.shape[axis]!,
    sizeOf(x.shape.slice(axis + 1)),
  ];
  const data = allocateHostData(x.dtype, outer * rows.length * inner) as Float64Array;
  for (let o = 0; o < outer; o++)
    rows.forEach((row, i) =>
      data.set(
        (x.data as Float64Array).subarray((o * size + row) * inner, (o * size + row + 1) * inner),
        (o * rows.length + i) * inner,
      ),
    );
  return { shape: x.shape.with(axis, rows.length), dtype: x.dtype, data };
}
