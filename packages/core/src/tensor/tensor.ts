// What model code holds: a handle on a value of the graph being traced. Ops take the trace from
// their operands. Methods named as in PyTorch are attached in ops/methods.ts.
import type { Trace } from '../graph/trace.js';
import type { Value } from '../graph/graph.js';
import type { TensorMethods } from '../ops/methods.js';
import type { DType } from './dtype.js';
import { type Shape, formatType } from './shape.js';

/** The methods of ops/methods.ts are part of the class. */
export interface Tensor extends TensorMethods {}

export class Tensor {
  readonly trace: Trace;
  readonly value: Value;

  constructor(trace: Trace, value: Value) {
    this.trace = trace;
    this.value = value;
  }

  get shape(): Shape {
    return this.value.shape;
  }

  get dtype(): DType {
    return this.value.dtype;
  }

  get rank(): number {
    return this.value.shape.length;
  }

  toString(): string {
    return `%${this.value.id}: ${formatType(this)}`;
  }
}
