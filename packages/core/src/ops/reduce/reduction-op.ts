// The family of reductions over sets of dimensions: a new one needs only its formula over a list of
// numbers and its gradient.
import { AutomodelError } from '../../error.js';
import type { Attributes, TensorType } from '../../graph/graph.js';
import { isFloat, type DType } from '../../tensor/dtype.js';
import { allocateHostData, type HostTensor } from '../../tensor/host-tensor.js';
import { contiguousStrides, normalizeAxis, sizeOf, type Shape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition, type OpSample, type CastRule } from '../support/define-op.js';
import { integerAt, storeInteger, stridedOffsets } from '../support/elements.js';
import { reshape } from '../layout/reshape.js';

/** Dimensions to reduce; an empty list means all. */
export type ReductionAttributes = { readonly dims: readonly number[]; readonly keepdim: boolean };

/**
 * Operand, result and adjoint as a gradient rule sees them; result and adjoint have the reduced
 * dimensions as size one.
 */
export interface ReductionGradient<A extends Attributes> {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly dy: Tensor;
  readonly attrs: A;
}

export interface ReductionDefinition<A extends ReductionAttributes> {
  readonly name: string;
  readonly summary: string;
  /** The result's dtype for an operand's. Errors for dtypes it is not defined on. */
  result(dtype: DType, attrs: A): DType;
  /** Over the elements of one group, in order. */
  float?(values: Float64Array): number;
  integer?(values: readonly bigint[]): bigint;
  /** The adjoint of x. Absent only for results that are not floats. */
  readonly gradient?: (context: ReductionGradient<A>) => Tensor;
  readonly castRule?: CastRule;
  readonly range?: readonly [number, number];
  /** Whether a group may be empty. */
  readonly empty?: boolean;
  readonly integers?: boolean;
  /** Attributes beyond dims and keepdim, for samples. */
  readonly extra: Omit<A, keyof ReductionAttributes>;
}

/** The reduced dimensions, sorted, counted from the front. */
export function reducedDims(op: string, rank: number, dims: readonly number[]): number[] {
  const list =
    dims.length === 0
      ? Array.from({ length: rank }, (_, axis) => axis)
      : dims.map((dim) => normalizeAxis(op, dim, rank)).filter(() => rank > 0);
  if (new Set(list).size !== list.length)
    throw new AutomodelError('bad-shape', `${op}: dimensions [${dims.join(',')}] name one twice`);
  return list.sort((a, b) => a - b);
}

/** The shape that keeps reduced dimensions as size one. */
export const keptShape = (shape: Shape, dims: readonly number[]): number[] =>
  shape.map((dim, axis) => (dims.includes(axis) ? 1 : dim));

export const reducedShape = (shape: Shape, dims: readonly number[], keepdim: boolean): number[] =>
  keepdim ? keptShape(shape, dims) : shape.filter((_, axis) => !dims.includes(axis));

function reference<A extends ReductionAttributes>(
  definition: ReductionDefinition<A>,
  x: HostTensor,
  attrs: A,
  type: TensorType,
): HostTensor {
  const dims = reducedDims(definition.name, x.shape.length, attrs.dims);
  const strides = contiguousStrides(x.shape);
  const others = x.shape.flatMap((_, axis) => (dims.includes(axis) ? [] : [axis]));
  const pick = (axes: readonly number[]): Uint32Array =>
    stridedOffsets(
      axes.map((axis) => x.shape[axis]!),
      axes.map((axis) => strides[axis]!),
    );
  const within = pick(dims);
  if (within.length === 0 && definition.empty !== true)
    throw new AutomodelError('bad-shape', `${definition.name}: no elements to reduce`);
  const data = allocateHostData(type.dtype, sizeOf(type.shape));
  const group = new Float64Array(within.length);
  pick(others).forEach((base, i) => {
    if (x.data instanceof Float64Array) {
      for (let k = 0; k < group.length; k++) group[k] = x.data[base + within[k]!]!;
      data[i] = definition.float!(group);
    } else
      storeInteger(
        data,
        i,
        definition.integer!(Array.from(within, (offset) => integerAt(x.data, base + offset))),
      );
  });
  return { ...type, data };
}

export function reductionOp<A extends ReductionAttributes>(
  definition: ReductionDefinition<A>,
): OpDefinition<A> {
  const { name, summary, gradient } = definition;
  return defineOp({
    name,
    summary,
    operands: ['x'],
    infer: ({ x }, attrs) => {
      const dtype = definition.result(x.dtype, attrs);
      if ((isFloat(x.dtype) ? definition.float : definition.integer) === undefined)
        throw new AutomodelError('bad-argument', `${name} is not defined on ${x.dtype}`);
      return [
        {
          shape: reducedShape(
            x.shape,
            reducedDims(name, x.shape.length, attrs.dims),
            attrs.keepdim,
          ),
          dtype,
        },
      ];
    },
    reference: ({ x }, attrs, { y }) => [reference(definition, x, attrs, y)],
    gradient:
      gradient === undefined
        ? undefined
        : ({ operands: { x }, outputs: { y }, gradients: { y: dy }, attrs }) => {
            const kept = keptShape(x.shape, reducedDims(name, x.rank, attrs.dims));
            return { x: gradient({ x, y: reshape(y, kept), dy: reshape(dy, kept), attrs }) };
          },
    flops: ({ x }) => sizeOf(x.shape),
    castRule: definition.castRule ?? 'full',
    samples: reductionSamples(definition),
  });
}

function reductionSamples<A extends ReductionAttributes>(
  definition: ReductionDefinition<A>,
): OpSample<A>[] {
  const range = definition.range ?? ([-2, 2] as const);
  const cases: { shape: Shape; dims: readonly number[]; keepdim: boolean }[] = [
    { shape: [2, 3, 5], dims: [-1], keepdim: true },
    { shape: [2, 3, 5], dims: [0, 2], keepdim: false },
    { shape: [2, 3, 5], dims: [1], keepdim: false },
    { shape: [3, 4], dims: [], keepdim: false },
    { shape: [], dims: [], keepdim: false },
    { shape: [0, 3], dims: [1], keepdim: true },
  ];
  const dtypes: DType[] = [
    ...(definition.float === undefined ? [] : ['f32' as const]),
    ...(definition.integers === true ? ['i64' as const, 'i32' as const, 'bool' as const] : []),
  ];
  return dtypes.flatMap((dtype) =>
    cases.map(({ shape, dims, keepdim }) => ({
      inputs: [
        { shape, dtype, range: isFloat(dtype) ? range : ([0, dtype === 'bool' ? 1 : 4] as const) },
      ],
      attrs: { ...definition.extra, dims, keepdim } as A,
    })),
  );
}
