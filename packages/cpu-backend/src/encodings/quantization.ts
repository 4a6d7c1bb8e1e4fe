// Calls of the kernels in kernels/quantization.
import { numberAttribute, type Attributes, type QuantizedFormat } from '@automodel/core';
import { compute, flag, storable, type FamilyEncodings } from '../kernel-encoding.js';

const FORMAT_CODES: Readonly<Record<QuantizedFormat, number>> = { nf4: 0, nf4_double: 1, int8: 2 };

const format = (attrs: Attributes): number => FORMAT_CODES[attrs['format'] as QuantizedFormat];
const quantizedWeight = (attrs: Attributes): readonly number[] => [
  format(attrs),
  numberAttribute(attrs, 'rows'),
  numberAttribute(attrs, 'columns'),
];

export const QUANTIZATION_ENCODINGS = {
  dequantize: { views: 'row-major', ints: ({ attrs }) => quantizedWeight(attrs) },
  quantize: { views: 'row-major', ints: ({ attrs }) => [format(attrs)] },
  quantized_linear: {
    views: 'row-major',
    ints: ({ attrs }) => [...quantizedWeight(attrs), flag(attrs, 'transposed'), compute(attrs)],
    accepts: storable,
  },
} as const satisfies FamilyEncodings;
