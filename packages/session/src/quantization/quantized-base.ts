// A quantised base below an adapter: linear modules read codes in place of their weight. It wraps
// the adapter's interceptor, because the base below an adapter is what is frozen.
import type { Interceptor, LinearCall, ParameterRecord } from '@automodel/contracts';
import {
  AutomodelError,
  quantizedLinear,
  quantizedParts,
  sameShape,
  type DType,
  type QuantizedFormat,
  type Shape,
  type Tensor,
} from '@automodel/core';
import type { SessionAdapter } from '../adapter/session-adapter.js';

const WEIGHT = 'weight';

/**
 * The adapter over a base whose linear modules are held as `format`. Embeddings, norms, biases, the
 * head and modules that the adapter trains whole stay as they are. Tracing errors: `unsupported`
 * for an adapter that reads a module's weight.
 */
export function quantizedBase(own: SessionAdapter, format: QuantizedFormat): SessionAdapter {
  const { linear, ...others } = own.adapter.interceptor;
  const interceptor: Interceptor = {
    ...others,
    linear: (call) => {
      if (own.adapter.owns(`${call.module}.${WEIGHT}`)) return call.next();
      if (linear === undefined) return quantizedCall(call, format);
      let reached = false;
      const result = linear({
        ...call,
        next: () => {
          reached = true;
          return quantizedCall(call, format);
        },
      });
      if (!reached) throw readsWeight(`${call.module}.${WEIGHT}`);
      return result;
    },
  };
  return { ...own, adapter: { ...own.adapter, interceptor }, quantization: format };
}

function quantizedCall(
  { x, outFeatures, bias, scope }: LinearCall,
  format: QuantizedFormat,
): Tensor {
  const [rows, columns] = [outFeatures, x.shape.at(-1)!];
  const parts = quantizedParts(format, rows, columns).map(({ name, shape, dtype }) =>
    scope.parameter(`${WEIGHT}.${name}`, shape, 'zeros', dtype),
  );
  return quantizedLinear(
    x,
    parts,
    { format, rows, columns },
    bias ? scope.parameter('bias', [rows], 'zeros') : undefined,
  );
}

const readsWeight = (name: string): AutomodelError =>
  new AutomodelError('unsupported', `${name} is quantised and cannot be read as a plain tensor`, {
    hint:
      'DoRA needs the values of the base: set peft.use_dora to false, or leave quantization ' +
      'out',
  });

/** A weight that is held in parts. */
export interface QuantizedWeight {
  /** The weight as the folder stores it. */
  readonly record: ParameterRecord;
  readonly parts: readonly {
    readonly name: string;
    readonly shape: Shape;
    readonly dtype: DType;
  }[];
}

/**
 * The quantised weights among `records`, found by the names of their parts; `stored` are the
 * parameters of the model before quantisation.
 * Errors: `unsupported` for a weight that is also read unquantised, and if there is no such weight.
 */
export function quantizedWeights(
  records: readonly ParameterRecord[],
  stored: readonly ParameterRecord[],
  format: QuantizedFormat,
): readonly QuantizedWeight[] {
  const read = new Map(records.map((record) => [record.name, record]));
  const weights = stored.flatMap((record): QuantizedWeight[] => {
    const [rows = 0, columns = 0] = record.shape;
    const parts = quantizedParts(format, rows, columns).map(({ name, shape, dtype }) => ({
      name: `${record.name}.${name}`,
      shape,
      dtype,
    }));
    if (
      record.shape.length !== 2 ||
      !parts.every(({ name, shape }) => read.has(name) && sameShape(read.get(name)!.shape, shape))
    )
      return [];
    if (read.has(record.name)) throw readsWeight(record.name);
    return [{ record, parts }];
  });
  if (weights.length === 0)
    throw new AutomodelError(
      'unsupported',
      'the model has no linear modules whose weights could be quantised',
      { hint: 'leave quantization out' },
    );
  return weights;
}

/** Whether a parameter is part of a quantised weight. */
export const isQuantizedPart = (name: string): boolean =>
  /\.weight\.(codes|absmax|nested_absmax|nested_offset)$/.test(name);
