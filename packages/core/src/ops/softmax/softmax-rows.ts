// References of softmax and its relatives: a function of each line of a tensor along one dimension,
// given the line's largest entry and the sum of exponentials relative to it.
import type { HostTensor } from '../../tensor/host-tensor.js';
import { normalizeAxis } from '../../tensor/shape.js';
import { aroundAxis } from '../support/elements.js';

/**
 * Replaces every entry by `entry(x, top, total)` with top = max of its line and total = sum of e^(x
 * - top).
 */
export function mapSoftmaxRows(
  op: string,
  x: HostTensor,
  dim: number,
  entry: (x: number, top: number, total: number) => number,
): HostTensor {
  const { outer, size, inner } = aroundAxis(x.shape, normalizeAxis(op, dim, x.shape.length));
  const source = x.data as Float64Array;
  const data = new Float64Array(source.length);
  for (let o = 0; o < outer; o++)
    for (let n = 0; n < inner; n++) {
      const at = (i: number): number => (o * size + i) * inner + n;
      let top = -Infinity;
      for (let i = 0; i < size; i++) top = Math.max(top, source[at(i)]!);
      let total = 0;
      for (let i = 0; i < size; i++) total += Math.exp(source[at(i)]! - top);
      for (let i = 0; i < size; i++) data[at(i)] = entry(source[at(i)]!, top, total);
    }
  return { ...x, data };
}
