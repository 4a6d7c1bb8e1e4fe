// Calls of the kernels in kernels/optimizer.
import { flag, floats, storable, type FamilyEncodings } from '../kernel-encoding.js';

export const OPTIMIZER_ENCODINGS = {
  adamw: { views: 'row-major', floats: floats('beta1', 'beta2', 'eps') },
  clip_flag: { views: 'row-major', floats: floats('max_norm') },
  gradient_accumulate: { views: 'any', accepts: storable },
  gradient_accumulate_many: { views: 'row-major', accepts: storable },
  sgd: {
    views: 'row-major',
    floats: floats('momentum'),
    ints: ({ attrs }) => [flag(attrs, 'nesterov')],
  },
  squared_norm: { views: 'row-major' },
} as const satisfies FamilyEncodings;
