// The family of orders along a dimension: positions sorted by their elements, stable (equal
// elements keep the lowest position first), NaN above all numbers as in PyTorch.
import { AutomodelError } from '../../error.js';
import type { HostTensor } from '../../tensor/host-tensor.js';
import type { TensorType } from '../../graph/graph.js';
import { normalizeAxis, sizeOf } from '../../tensor/shape.js';
import { aroundAxis } from '../support/elements.js';

type Element = number | bigint;

const compare = (a: Element, b: Element): number => {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return Number(a > b) - Number(a < b);
};

/** The first `count` positions of each line along `dim` in the given order, as i64. */
export function orderedPositions(
  op: string,
  x: HostTensor,
  dim: number,
  count: number,
  descending: boolean,
  type: TensorType,
): HostTensor {
  const { outer, size, inner } = aroundAxis(x.shape, normalizeAxis(op, dim, x.shape.length));
  if (count > size)
    throw new AutomodelError(
      'bad-shape',
      `${op}: ${count} elements of a dimension of size ${size}`,
    );
  const data = new BigInt64Array(sizeOf(type.shape));
  for (let o = 0; o < outer; o++)
    for (let n = 0; n < inner; n++) {
      const at = (i: number): Element => x.data[(o * size + i) * inner + n]!;
      const order = Array.from({ length: size }, (_, i) => i).sort((a, b) =>
        descending ? compare(at(b), at(a)) : compare(at(a), at(b)),
      );
      for (let i = 0; i < count; i++) data[(o * count + i) * inner + n] = BigInt(order[i]!);
    }
  return { ...type, data };
}
