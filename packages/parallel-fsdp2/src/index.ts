// Fully sharded data parallelism: weights, gradients and optimizer states are cut along their first
// dimension over the ranks of dp_shard. Weights are whole only while a module computes with them.
// With dp_replicate_size above 1 (HSDP) groups of ranks hold copies, whose gradients are added up
// once a step.
import type { ParallelismPlugin } from '@automodel/contracts';
import { AutomodelError, type PassSlots } from '@automodel/core';
import {
  bucketOption,
  createMesh,
  modelAxes,
  reduceGradients,
  sizeOption,
} from '@automodel/distributed';
import { gatheredReads } from './gathered-reads.js';
import { unitPasses } from './passes/unit-passes.js';
import { travelsInComputeDType } from './precision-policy.js';

/** The strategy `fsdp2`. */
const fsdp2: ParallelismPlugin = {
  kind: 'parallelism',
  apiVersion: 1,
  name: 'fsdp2',
  create: async (options, { host }) => {
    if (options['defer_fsdp_grad_sync'] === true)
      throw new AutomodelError('bad-recipe', 'is not available yet', {
        location: 'distributed.defer_fsdp_grad_sync',
        hint: 'gradients are reduced in each micro-batch: leave it out, or set it to false',
      });
    const replicas = sizeOption(options, 'dp_replicate_size') ?? 1;
    if (host.size % replicas !== 0)
      throw new AutomodelError('bad-recipe', `${replicas} does not divide ${host.size} processes`, {
        location: 'distributed.dp_replicate_size',
      });
    const count = host.size / replicas;
    const mesh = createMesh(
      { ...modelAxes(options), dp_replicate: replicas, dp_shard: count },
      host,
    );
    const reduce = reduceGradients({
      axis: 'dp_replicate',
      ranks: replicas,
      bucketBytes: bucketOption(options),
    });
    const [lowering, inComputeDType] = [unitPasses(options), travelsInComputeDType(options)];
    const passes: PassSlots = count === 1 ? {} : { lowering };
    return {
      mesh,
      interceptor:
        count === 1
          ? undefined
          : gatheredReads({
              shards: { count, placeOf: (rank) => rank % count },
              inComputeDType,
            }),
      passes,
      completingPasses: replicas === 1 ? undefined : { ...passes, last: [reduce] },
      host,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};
export default fsdp2;
