// The sum of a tensor over ranks, as every engine takes it: one rank after the other, from the
// first on, each addition rounded. Only so do all engines give the same bits.
import { AutomodelError } from '../../error.js';
import type { NonEmpty } from '../../list-length.js';
import type { HostTensor } from '../../tensor/host-tensor.js';

/** Element by element. Errors: `bad-argument` for a dtype that is not a float. */
export function sumOfRanks(
  [first, ...others]: NonEmpty<HostTensor>,
  round: (value: number) => number,
): HostTensor {
  if (!(first.data instanceof Float64Array))
    throw new AutomodelError('bad-argument', `ranks add floats only, not ${first.dtype}`);
  const sums = Float64Array.from(first.data);
  const rounded = first.dtype === 'f64' ? Number : round;
  for (const { data } of others)
    for (let i = 0; i < sums.length; i++) sums[i] = rounded(sums[i]! + Number(data[i]!));
  return { ...first, data: sums };
}
