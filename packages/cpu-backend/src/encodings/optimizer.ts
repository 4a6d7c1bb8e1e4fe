// Calls of the kernels in kernels/optimizer.
import {
  flag,
  floats,
  storable,
  type FamilyEncodings,
  type KernelEncoding,
} from '../kernel-encoding.js';

const ADAMW = {
  views: 'row-major',
  floats: floats('beta1', 'beta2', 'eps'),
} as const satisfies KernelEncoding;
const SGD = {
  views: 'row-major',
  floats: floats('momentum'),
  ints: ({ attrs }) => [flag(attrs, 'nesterov')],
} as const satisfies KernelEncoding;

export const OPTIMIZER_ENCODINGS = {
  adamw: ADAMW,
  adamw_many: ADAMW,
  clip_flag: { views: 'row-major', floats: floats('max_norm') },
  gradient_accumulate: { views: 'any', accepts: storable },
  gradient_accumulate_many: { views: 'row-major', accepts: storable },
  sgd: SGD,
  sgd_many: SGD,
  squared_norm: { views: 'row-major' },
  squared_norm_many: { views: 'row-major' },
} as const satisfies FamilyEncodings;
