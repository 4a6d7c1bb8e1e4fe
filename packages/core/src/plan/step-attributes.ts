// Attributes of plan steps as kernels are given them: dimensions counted from the first, lists of
// all dimensions written out, open bounds as infinities. What an attribute means is decided here,
// once for all backends; how it is passed to a kernel is up to the backend.
import { AutomodelError } from '../error.js';
import type { Attributes } from '../graph/graph.js';
import { reducedDims } from '../ops/reduce/reduction-op.js';
import { isFloat, type DType } from '../tensor/dtype.js';
import { normalizeAxis } from '../tensor/shape.js';

/** Errors: `bad-graph` where the attribute is not a number. */
export function numberAttribute(attrs: Attributes, name: string): number {
  const value = attrs[name];
  if (typeof value === 'number') return value;
  throw new AutomodelError('bad-graph', `attribute ${name} must be a number, not ${String(value)}`);
}

/** Errors: `bad-graph` where the attribute is not a list of numbers. */
export function numbersAttribute(attrs: Attributes, name: string): readonly number[] {
  const value = attrs[name];
  if (Array.isArray(value) && value.every((item) => typeof item === 'number'))
    return value as readonly number[];
  throw new AutomodelError(
    'bad-graph',
    `attribute ${name} must be a list of numbers, not ${String(value)}`,
  );
}

/** False where the attribute is absent. */
export const flagAttribute = (attrs: Attributes, name: string): boolean => attrs[name] === true;

/** Attribute `dim` counted from the first dimension; 0 for a tensor without dimensions. */
export const dimensionAttribute = (attrs: Attributes, rank: number): number =>
  rank === 0 ? 0 : normalizeAxis('attribute dim', numberAttribute(attrs, 'dim'), rank);

/** Attribute `dims` counted from the first dimension, in the order given. */
export const dimensionsAttribute = (attrs: Attributes, rank: number): number[] =>
  numbersAttribute(attrs, 'dims').map((dim) => normalizeAxis('attribute dims', dim, rank));

/**
 * The dimensions that a reduction removes, ascending: those of attribute `dims` (an empty list
 * means all), or the one of `dim` (null means all).
 */
export function reducedDimensions(attrs: Attributes, rank: number): number[] {
  if (rank === 0) return [];
  if (attrs['dims'] !== undefined)
    return reducedDims('attribute dims', rank, numbersAttribute(attrs, 'dims'));
  const dims = attrs['dim'] === null ? [] : [numberAttribute(attrs, 'dim')];
  return reducedDims('attribute dim', rank, dims);
}

/** Elements added on each side of one dimension; negative ones are cut. */
export interface Margin {
  readonly before: number;
  readonly after: number;
}

/**
 * Margins of pad from the first dimension on. The attribute lists them from the last dimension on,
 * as PyTorch does, and leaves out those of the first ones.
 */
export function padMargins(attrs: Attributes, rank: number): Margin[] {
  const pad = numbersAttribute(attrs, 'pad');
  return Array.from({ length: rank }, (_, dimension) => {
    const at = 2 * (rank - 1 - dimension);
    return { before: pad[at] ?? 0, after: pad[at + 1] ?? 0 };
  });
}

/** Bounds of clamp; an open side is infinite. */
export const clampBounds = (attrs: Attributes): { readonly min: number; readonly max: number } => ({
  min: Number(attrs['min'] ?? -Infinity),
  max: Number(attrs['max'] ?? Infinity),
});

/**
 * arange: element i is start + step * i. `whole`: in 64-bit integers, exact beyond 2^53; otherwise
 * in f64, then converted to the dtype of the result.
 */
export interface Progression {
  readonly start: number;
  readonly step: number;
  readonly whole: boolean;
}

/** Start and step of an arange step. */
export function progressionOf(attrs: Attributes): Progression {
  const [start, step] = [numberAttribute(attrs, 'start'), numberAttribute(attrs, 'step')];
  const whole =
    !isFloat(attrs['dtype'] as DType) && Number.isInteger(start) && Number.isInteger(step);
  return { start, step, whole };
}
