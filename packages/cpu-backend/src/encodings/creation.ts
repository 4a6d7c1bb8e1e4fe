// Calls of the kernels in kernels/creation.
import { progressionOf } from '@automodel/core';
import type { EncodableStep, FamilyEncodings } from '../kernel-encoding.js';

/** Start and step, as ints where they are whole and as floats otherwise. */
const startAndStep =
  (wanted: 'ints' | 'floats') =>
  ({ attrs }: EncodableStep): readonly number[] => {
    const { start, step, whole } = progressionOf(attrs);
    return whole === (wanted === 'ints') ? [start, step] : [];
  };

export const CREATION_ENCODINGS = {
  arange: { views: 'any', ints: startAndStep('ints'), floats: startAndStep('floats') },
  constant: 'layout',
  full: 'layout',
} as const satisfies FamilyEncodings;
