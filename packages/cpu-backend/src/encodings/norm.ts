// Calls of the kernels in kernels/norm.
import { floats, storable, type FamilyEncodings, type KernelEncoding } from '../kernel-encoding.js';

const layerNorm: Pick<KernelEncoding, 'floats' | 'accepts'> = {
  floats: floats('eps'),
  accepts: storable,
};
const rmsNorm: Pick<KernelEncoding, 'floats' | 'accepts'> = {
  floats: floats('eps', 'weight_offset'),
  accepts: storable,
};

export const NORM_ENCODINGS = {
  layer_norm: { ...layerNorm, optionalOutputs: [1, 2], views: 'dense-rows' },
  layer_norm_backward: {
    ...layerNorm,
    optionalOutputs: [1, 2],
    views: ['dense-rows', 'dense-rows', 'dense-rows'],
  },
  rms_norm: { ...rmsNorm, optionalOutputs: [1], views: 'dense-rows' },
  rms_norm_backward: {
    ...rmsNorm,
    optionalOutputs: [1],
    views: ['dense-rows', 'dense-rows', 'dense-rows'],
  },
} as const satisfies FamilyEncodings;
