// Convolutions of single channels beyond the conformance samples: several pieces of positions,
// groups of channels that are not whole, both memory orders, margins that cut.
import { expect, it } from 'vitest';
import type { DType } from '@automodel/core';
import { bothPools, random, relativeError, STORAGE_ERROR, view } from '../support/both-pools.js';
import { describeInstructionSets } from '../support/describe-instruction-sets.js';

describeInstructionSets('convolutions of single channels on %s', (set) => {
  const run = bothPools(set);

  it.each<[dtype: DType, before: number, after: number, dilation: number, channelsLast: boolean]>([
    ['f32', 3, 0, 1, true],
    ['bf16', 3, 3, 1, true],
    ['f32', 2, 5, 2, false],
    ['f16', -4, -3, 3, false],
  ])(
    '%s with margins %i and %i, dilation %i, channels last: %s',
    async (dtype, before, after, dilation, channelsLast) => {
      const [rows, channels, length, taps] = [2, 37, 1100, 4];
      const [w, dense] = [
        random('f32', [channels, 1, taps], 2),
        random(dtype, channelsLast ? [rows, length, channels] : [rows, channels, length], 1),
      ];
      const strides = channelsLast
        ? [length * channels, 1, channels]
        : [channels * length, length, 1];
      const x = view(dense, [rows, channels, length], strides);
      const positions = length + before + after - dilation * (taps - 1);
      const seen = (n: number, c: number, at: number): number =>
        at < 0 || at >= length
          ? 0
          : dense.values[n * strides[0]! + c * strides[1]! + at * strides[2]!]!;
      const dy = random(dtype, [rows, channels, positions], 3);
      const [expected, gradient] = [
        new Array<number>(rows * channels * positions).fill(0),
        new Array<number>(channels * taps).fill(0),
      ];
      for (let at = 0; at < expected.length; at++) {
        const [n, c, s] = [
          Math.floor(at / (channels * positions)),
          Math.floor(at / positions) % channels,
          at % positions,
        ];
        for (let k = 0; k < taps; k++) {
          const value = seen(n, c, s + k * dilation - before);
          expected[at]! += w.values[c * taps + k]! * value;
          gradient[c * taps + k]! += dy.values[at]! * value;
        }
      }
      const ints = [before, dilation];
      const [y] = await run({
        kernel: 'depthwise_conv1d',
        inputs: [x, w],
        outputs: [{ dtype, shape: [rows, channels, positions] }],
        ints,
      });
      expect(relativeError(y!, expected)).toBeLessThan(STORAGE_ERROR[dtype]!);
      const [dw] = await run({
        kernel: 'depthwise_conv1d_weight_gradient',
        inputs: [x, dy],
        outputs: [{ dtype: 'f32', shape: w.shape }],
        ints,
      });
      expect(relativeError(dw!, gradient)).toBeLessThan(STORAGE_ERROR.f32!);
    },
  );
});
