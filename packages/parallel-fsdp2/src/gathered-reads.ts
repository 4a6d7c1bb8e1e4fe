// Reads of parameters that are cut: the pieces of all ranks are gathered where a model reads one
// first, and every later read of the same program takes what is there. A weight that is read twice
// is gathered once and its gradient is reduced once.
import type { Interceptor } from '@automodel/contracts';
import { allGather, narrow, reshape, type Shape, type Tensor, type Trace } from '@automodel/core';
import { shardPlacement, type Shards } from './placement.js';

export interface GatherOptions {
  readonly shards: Shards;
  /** Matrices travel in the dtype of products; false: as they are stored. */
  readonly inComputeDType: boolean;
}

/** The interceptor of the strategy: places parameters and makes them whole. */
export function gatheredReads({ shards, inComputeDType }: GatherOptions): Interceptor {
  const known = new WeakMap<Trace, Map<string, Tensor>>();
  const attrs = { axis: 'dp_shard', ranks: shards.count };
  return {
    placement: (record) => shardPlacement(record, shards),
    read: ({ name, shape }, next) => {
      const stored = next();
      let reads = known.get(stored.trace);
      if (reads === undefined) known.set(stored.trace, (reads = new Map()));
      let whole = reads.get(name);
      if (whole === undefined) {
        const dtype = inComputeDType && shape.length > 1 ? 'compute' : null;
        const [gathered] = allGather([stored], { ...attrs, dtype });
        whole = withoutPadding(gathered!, shape);
        reads.set(name, whole);
      }
      return whole;
    },
  };
}

/** The rows that the parameter has; of a number, its only one. */
function withoutPadding(gathered: Tensor, shape: Shape): Tensor {
  const [rows = 1] = shape;
  const whole = gathered.shape[0] === rows ? gathered : narrow(gathered, 0, 0, rows);
  return shape.length === 0 ? reshape(whole, shape) : whole;
}
