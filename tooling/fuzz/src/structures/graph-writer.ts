// Writes a graph.json node by node. Shapes and dtypes that the file states are those that the shape
// rules give, so every graph written here is one that its reader accepts.
import { Trace, type DType, type Shape, type Tensor } from '@automodel/core';
import { applyRecordedOp } from '@automodel/recorded';

/** A node that was written, and its type. */
export interface Written {
  readonly id: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** An operand: a node, a number (bigints are Python's ints), or none. */
export type Given = Written | number | bigint | boolean | null;

export const isWritten = (given: Given | undefined): given is Written =>
  typeof given === 'object' && given !== null;

/** What an operation has besides its operands; `shape` and `dtype` where nothing implies them. */
export interface NodeFacts {
  readonly attrs?: Readonly<Record<string, unknown>>;
  readonly shape?: Shape;
  readonly dtype?: DType;
}

const DTYPE_NAMES: Readonly<Partial<Record<DType, string>>> = {
  f32: 'float32',
  bf16: 'bfloat16',
  f16: 'float16',
  i64: 'int64',
  i32: 'int32',
  bool: 'bool',
};

export class GraphWriter {
  readonly #trace = new Trace('written');
  readonly #lines: string[] = [];
  readonly #tensors = new Map<number, Tensor>();

  /** A tensor from outside: a parameter, or data of the batch. */
  source(kind: 'param' | 'input', name: string, shape: Shape, dtype: DType): Written {
    const tensor = this.#trace.input(kind === 'param' ? 'parameter' : 'batch', name, shape, dtype);
    return this.#written(kind, [], { attrs: { name } }, tensor);
  }

  /** Errors: what the shape rules refuse; nothing is written then. */
  node(op: string, inputs: readonly Given[], facts: NodeFacts = {}): Written {
    const { attrs = {}, shape = [], dtype = 'f32' } = facts;
    const operands = inputs.map((x) => (isWritten(x) ? (this.#tensors.get(x.id) ?? null) : x));
    const tensor = this.#trace.run(() =>
      applyRecordedOp({ op, inputs: operands, attrs, shape, dtype }),
    );
    return this.#written(op, inputs, facts, tensor);
  }

  text(output: Written, architecture: string): string {
    const head = { format: 'recorded-graph/0', architecture, output: output.id };
    return `${JSON.stringify(head).slice(0, -1)},"nodes":[\n${this.#lines.join(',\n')}\n]}\n`;
  }

  #written(op: string, inputs: readonly Given[], facts: NodeFacts, tensor: Tensor): Written {
    const id = this.#lines.length;
    const { shape, dtype } = tensor;
    const fields = {
      id,
      op,
      attrs: facts.attrs ?? {},
      shape,
      dtype: DTYPE_NAMES[dtype],
      scope: [':Written', 'model.layers.0:Layer'],
    };
    const operands = inputs.map(writtenOperand).join();
    this.#lines.push(`${JSON.stringify(fields, word).slice(0, -1)},"in":[${operands}]}`);
    this.#tensors.set(id, tensor);
    return { id, shape, dtype };
  }
}

/** A number that JSON lacks as the format writes it. */
const word = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

/** Floats keep their point: 1.0 is not Python's 1. */
function writtenOperand(operand: Given): string {
  if (operand === null) return 'null';
  if (isWritten(operand)) return String(operand.id);
  if (typeof operand !== 'number') return `{"c":${String(operand)}}`;
  if (!Number.isFinite(operand)) return `{"c":"${operand}"}`;
  return `{"c":${Number.isInteger(operand) ? operand.toFixed(1) : operand}}`;
}
