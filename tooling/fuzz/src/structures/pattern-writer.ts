// Writes patterns that structural passes look for, with operands that they may not expect: inputs
// and constants in place of results, missing, empty, of no dimensions, shared, broadcast, of
// another dtype, or the same value spelled in another way.
import { AutomodelError, isFloat, sizeOf, type DType, type Shape } from '@automodel/core';
import type { Random } from '../random.js';
import {
  GraphWriter,
  isWritten,
  type Given,
  type NodeFacts,
  type Written,
} from './graph-writer.js';

/** Sizes of what is written: rows, tokens, heads and width of a head. */
export interface Sizes {
  readonly B: number;
  readonly S: number;
  readonly H: number;
  readonly D: number;
}

const FLOATS = ['float32', 'float16', 'bfloat16'] as const;
/** Rounding learned numbers to whole ones would make large differences of small ones. */
const DTYPES = [...FLOATS, 'int64', 'int32', 'bool'] as const;
/** Values of literals and constants. */
const NUMBERS = [0.5, -1, 1, 2, 1e-6, 0.25, -0.5, 3, 0];

export class PatternWriter {
  readonly random: Random;
  readonly sizes: Sizes;
  readonly #writer = new GraphWriter();
  /** Of 1000 operands, how many become another. */
  readonly #rate: number;
  #pool: Written[] = [];
  #sources = 0;
  #mask: Written | undefined;

  constructor(random: Random) {
    this.random = random;
    const size = (usual: readonly number[]): number =>
      random.below(12) === 0 ? random.pick([0, 1, 1, 3]) : random.pick(usual);
    this.sizes = { B: size([1, 2]), S: size([2, 3, 4]), H: size([1, 2, 4]), D: size([2, 4, 6]) };
    this.#rate = random.pick([0, 15, 40, 100, 200]);
  }

  /** One in `n`. */
  chance(n: number): boolean {
    return this.random.below(n) === 0;
  }

  /** Values that were written so far, and that later operands may be. */
  get pool(): readonly Written[] {
    return this.#pool;
  }

  /** Forgets values that hold something arbitrary, such as what padding attends to. */
  forget(count: number): void {
    this.#pool = this.#pool.slice(0, count);
  }

  param(shape: Shape, dtype: DType = 'f32'): Written {
    return this.#kept(this.#writer.source('param', `p${this.#sources++}`, shape, dtype));
  }

  /** 1 for each real token, 0 for padding: i64[B,S]. */
  attentionMask(): Written {
    this.#mask ??= this.#writer.source(
      'input',
      'attention_mask',
      [this.sizes.B, this.sizes.S],
      'i64',
    );
    return this.#mask;
  }

  constant(shape: Shape, dtype: DType = 'f32'): Written {
    const values = dtype === 'f32' ? NUMBERS : [0, 1];
    const data = Array.from({ length: sizeOf(shape) }, () => this.random.pick(values));
    const facts = { attrs: { data }, shape, dtype };
    return this.#kept(this.#writer.node('const', [], facts));
  }

  /**
   * An operation, some of its operands and attributes changed. Errors: AutomodelError where not
   * even the given operands fit, because values before them are of other shapes.
   */
  op(name: string, inputs: readonly Given[], facts: NodeFacts = {}): Written {
    const operands = inputs.map((x) => (this.#changes() ? this.#changed(x, inputs) : x));
    const attrs = this.#changes() ? this.#changedAttributes(facts) : facts;
    return this.#kept(
      this.#attempt(name, operands, attrs) ??
        this.#attempt(name, operands, facts) ??
        this.#writer.node(name, inputs, facts),
    );
  }

  /** An operation as it is given. */
  plain(name: string, inputs: readonly Given[], facts: NodeFacts = {}): Written {
    return this.#kept(this.#writer.node(name, inputs, facts));
  }

  text(output: Written, architecture: string): string {
    return this.#writer.text(output, architecture);
  }

  #changes(): boolean {
    return this.random.below(1000) < this.#rate;
  }

  #kept(value: Written): Written {
    this.#pool.push(value);
    return value;
  }

  #attempt(name: string, inputs: readonly Given[], facts: NodeFacts): Written | undefined {
    try {
      return this.#writer.node(name, inputs, facts);
    } catch (error) {
      if (error instanceof AutomodelError) return undefined;
      throw error;
    }
  }

  #changed(x: Given, inputs: readonly Given[]): Given {
    const { random } = this;
    const [shape, dtype] = isWritten(x) ? [x.shape, x.dtype] : [[], 'f32' as const];
    const written = this.#pool.filter((v) => v.dtype === dtype);
    switch (random.below(12)) {
      case 0:
        return this.param(shape, dtype);
      case 1:
        return this.constant(shape, dtype);
      case 2:
        return null;
      case 3:
        return this.#part(x, 0);
      case 4:
        return this.#part(x, 1);
      case 5:
        return this.#ofNoDimensions(x);
      case 6:
        return random.pick(inputs);
      case 7:
        return random.pick(written.length === 0 ? inputs : written);
      case 8:
        return isFloat(dtype) ? random.pick(NUMBERS) : BigInt(random.below(2));
      case 9:
        return this.#cast(x, random.pick(isFloat(dtype) ? FLOATS : DTYPES));
      default:
        return this.#spelledOtherwise(x);
    }
  }

  /** The first `size` of one dimension. */
  #part(x: Given, size: number): Given {
    if (!isWritten(x) || x.shape.length === 0) return x;
    const axis = this.random.below(x.shape.length);
    return this.slice(x, axis, 0, Math.min(size, x.shape[axis] ?? 0));
  }

  #ofNoDimensions(x: Given): Given {
    const dtype = isWritten(x) ? x.dtype : 'f32';
    if (this.chance(2)) return this.chance(2) ? this.param([], dtype) : this.constant([], dtype);
    return isWritten(x)
      ? (this.#attempt('sum', [x], { attrs: { dims: [], keepdim: false } }) ?? x)
      : x;
  }

  #cast(x: Given, to: string): Given {
    return isWritten(x) ? (this.#attempt('cast', [x], { attrs: { to } }) ?? x) : x;
  }

  /** The same value through operations that change nothing. */
  #spelledOtherwise(x: Given): Given {
    if (!isWritten(x)) return x;
    const rank = x.shape.length;
    const axis = this.random.below(Math.max(1, rank));
    const dims = x.shape.map((_, i) => rank - 1 - i);
    const there = (op: string, facts: NodeFacts): Given => this.#attempt(op, [x], facts) ?? x;
    const through = (op: string, facts: NodeFacts, back: NodeFacts): Given =>
      this.#attempt(op, [there(op, facts)], back) ?? x;
    switch (this.random.below(8)) {
      case 0:
        return this.#attempt('cat', [x, this.#empty(x, axis)], { attrs: { dim: axis } }) ?? x;
      case 1:
        return this.#attempt('cat', [this.#empty(x, axis), x], { attrs: { dim: -1 } }) ?? x;
      case 2:
        return through('neg', {}, {});
      case 3:
        return through('reshape', { shape: [sizeOf(x.shape)] }, { shape: x.shape });
      case 4:
        return through('permute', { attrs: { dims } }, { attrs: { dims } });
      case 5:
        return this.#attempt('mul', [x, 1], {}) ?? x;
      case 6:
        return through('flip', { attrs: { dims: [axis - rank] } }, { attrs: { dims: [axis] } });
      default:
        return this.#attempt('expand', [x], { shape: x.shape }) ?? x;
    }
  }

  #empty(x: Written, axis: number): Written {
    if (x.shape.length === 0 || this.chance(4)) return this.constant([0], x.dtype);
    return this.slice(x, axis, 0, 0);
  }

  /** x[..., start:end:step, ...]. */
  slice(x: Written, axis: number, start: number, end: number, step = 1): Written {
    const at = axis < 0 ? axis + x.shape.length : axis;
    const attrs = {
      start: x.shape.map((_, i) => (i === at ? start : 0)),
      end: x.shape.map((d, i) => (i === at ? end : d)),
      step: x.shape.map((_, i) => (i === at ? step : 1)),
    };
    return this.plain('slice', [x], { attrs });
  }

  #changedAttributes(facts: NodeFacts): NodeFacts {
    const entries = Object.entries(facts.attrs ?? {});
    if (entries.length === 0) return facts;
    const [key, value] = this.random.pick(entries);
    return { ...facts, attrs: { ...facts.attrs, [key]: this.#changedAttribute(value) } };
  }

  #changedAttribute(value: unknown): unknown {
    if (typeof value === 'boolean') return !value;
    if (typeof value === 'number')
      return this.random.pick([value - 1, value + 1, -value, 0, value / 2]);
    if (!Array.isArray(value) || value.length === 0) return value;
    const list: readonly unknown[] = value;
    const at = this.random.below(list.length);
    if (this.chance(4)) return list.toSpliced(at, 1);
    return list.with(at, this.#changedAttribute(list[at]));
  }
}
