// Calls of the kernels in kernels/position.
import { flag, type FamilyEncodings } from '../kernel-encoding.js';

export const POSITION_ENCODINGS = {
  rope: {
    views: 'dense-rows',
    ints: ({ attrs }) => [flag(attrs, 'interleaved'), flag(attrs, 'inverse')],
    accepts: ({ inputs: [x, cosines, sines] }) =>
      x?.dtype !== 'f64' && cosines?.dtype === 'f32' && sines?.dtype === 'f32',
  },
} as const satisfies FamilyEncodings;
