// The family of elementwise functions of two operands under broadcasting: a new one needs only its
// formula and its gradient. Node operands have one dtype.
import { AutomodelError } from '../../error.js';
import type { TensorType } from '../../graph/graph.js';
import { categoryOf, type DType } from '../../tensor/dtype.js';
import { allocateHostData, type HostTensor } from '../../tensor/host-tensor.js';
import { broadcastShapes, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition, type OpSample, type CastRule } from '../support/define-op.js';
import { broadcastOffsets, integerAt, storeInteger } from '../support/elements.js';
import { promote, type NoAttributes, type Operand } from '../support/operand.js';
import { sumTo } from '../support/sum-to.js';
import { binarySpread, type Linearity } from '../support/elementwise-spread.js';

/** Operands, result and the result's adjoint, as a gradient rule sees them. */
export interface BinaryGradient {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly y: Tensor;
  readonly dy: Tensor;
}

export interface BinaryDefinition {
  readonly name: string;
  readonly summary: string;
  /** The function on floats; absent: floats are refused. */
  float?(a: number, b: number): number;
  /** The function on integers and bool (as 0 and 1); absent: they are refused. */
  integer?(a: bigint, b: bigint): bigint;
  /**
   * Adjoints before they are summed to the operands' shapes; null: zero everywhere. Absent only for
   * ops without floats.
   */
  gradient?: {
    readonly a: ((context: BinaryGradient) => Tensor) | null;
    readonly b: ((context: BinaryGradient) => Tensor) | null;
  };
  readonly castRule?: CastRule;
  /** How sums over ranks go through it; absent: not at all. */
  readonly linearity?: Linearity;
  /** Where float samples of each operand are drawn; default -2..2. */
  readonly ranges?: readonly [readonly [number, number], readonly [number, number]];
  /** Where integer samples are drawn; default 1..5. */
  readonly integers?: readonly [number, number];
}

/** The broadcast type of two operands of one dtype. */
export function broadcastType(op: string, a: TensorType, b: TensorType): TensorType {
  if (a.dtype !== b.dtype)
    throw new AutomodelError(
      'bad-argument',
      `${op}: operands must have one dtype, not ${a.dtype} and ${b.dtype}`,
    );
  return { shape: broadcastShapes(op, a.shape, b.shape), dtype: a.dtype };
}

function refuse(definition: BinaryDefinition, dtype: DType): void {
  const takes =
    categoryOf(dtype) === 'float'
      ? definition.float !== undefined
      : definition.integer !== undefined;
  if (!takes)
    throw new AutomodelError('bad-argument', `${definition.name} is not defined on ${dtype}`);
}

function reference(
  definition: BinaryDefinition,
  a: HostTensor,
  b: HostTensor,
  type: TensorType,
): HostTensor {
  const [fromA, fromB] = [
    broadcastOffsets(a.shape, type.shape),
    broadcastOffsets(b.shape, type.shape),
  ];
  const data = allocateHostData(type.dtype, sizeOf(type.shape));
  for (let i = 0; i < data.length; i++) {
    const [ia, ib] = [fromA === undefined ? i : fromA[i]!, fromB === undefined ? i : fromB[i]!];
    if (a.data instanceof Float64Array)
      data[i] = definition.float!(a.data[ia]!, b.data[ib] as number);
    else storeInteger(data, i, definition.integer!(integerAt(a.data, ia), integerAt(b.data, ib)));
  }
  return { ...type, data };
}

export function binaryOp(definition: BinaryDefinition): OpDefinition<NoAttributes> {
  const { name, summary, gradient, castRule = 'follow' } = definition;
  return defineOp({
    name,
    summary,
    operands: ['a', 'b'],
    infer: ({ a, b }) => {
      const type = broadcastType(name, a, b);
      refuse(definition, type.dtype);
      return [type];
    },
    reference: ({ a, b }, _attrs, { y }) => [reference(definition, a, b, y)],
    gradient:
      gradient === undefined
        ? undefined
        : ({ operands: { a, b }, outputs: { y }, gradients: { y: dy }, needs }) => {
            const context = { a, b, y, dy };
            const da = needs.a ? gradient.a?.(context) : undefined;
            const db = needs.b ? gradient.b?.(context) : undefined;
            return {
              a: da === undefined ? undefined : sumTo(da, a.shape),
              b: db === undefined ? undefined : sumTo(db, b.shape),
            };
          },
    spread: (spreads, _attrs, { operands, refuse }) => [
      binarySpread(spreads, definition.linearity, operands, refuse),
    ],
    castRule,
    overwrites: [
      [0, 0],
      [0, 1],
    ],
    samples: binarySamples(definition),
  });
}

function binarySamples(definition: BinaryDefinition): OpSample<NoAttributes>[] {
  const [left, right] = definition.ranges ?? [
    [-2, 2],
    [-2, 2],
  ];
  const whole = definition.integers ?? [1, 5];
  const shapes = [
    [
      [3, 5],
      [3, 5],
    ],
    [
      [2, 1, 4],
      [3, 1],
    ],
    [[4], [2, 3, 4]],
    [[3, 2], []],
    [
      [2, 0],
      [1, 1],
    ],
    [[], []],
  ] as const;
  const samples: OpSample<NoAttributes>[] = [];
  if (definition.float !== undefined)
    for (const [a, b] of shapes)
      samples.push({
        inputs: [
          { shape: a, range: left },
          { shape: b, range: right },
        ],
        attrs: {},
      });
  if (definition.integer !== undefined)
    for (const dtype of ['i64', 'i32'] as const)
      samples.push({
        inputs: [
          { shape: [4, 1], dtype, range: whole },
          { shape: [3], dtype, range: whole },
        ],
        attrs: {},
      });
  return samples;
}

/** Applies a binary op to operands promoted to one dtype. */
export function applyBinary(
  op: OpDefinition<NoAttributes>,
  a: Operand,
  b: Operand,
  adjust?: (dtype: DType) => DType,
): Tensor {
  const operands = promote(op.name, [a, b], adjust);
  return operands[0]!.trace.apply(op, operands, {})[0];
}
