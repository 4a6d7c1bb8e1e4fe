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
import { flagOption } from './flag-option.js';
import { gatheredReads } from './gathered-reads.js';
import { offloads } from './offload-policy.js';
import { unitPasses } from './passes/unit-passes.js';
import { shardsOf } from './placement.js';
import { travelsInComputeDType } from './precision-policy.js';
import { reshardingOf } from './resharding.js';

/** The strategy `fsdp2`. */
const fsdp2: ParallelismPlugin = {
  kind: 'parallelism',
  apiVersion: 1,
  name: 'fsdp2',
  create: async (options, { host }) => {
    const replicas = replicasOf(options, host.size);
    const count = host.size / replicas;
    const resharding = reshardingOf(options, count);
    const axes = { dp_shard: count / resharding.group, dp_shard_inner: resharding.group };
    const mesh = createMesh({ ...modelAxes(options), dp_replicate: replicas, ...axes }, host);
    const bucketBytes = bucketOption(options);
    const reduce = reduceGradients({ axis: 'dp_replicate', ranks: replicas, bucketBytes });
    const defers = flagOption(options, 'defer_fsdp_grad_sync', false);
    const inComputeDType = travelsInComputeDType(options);
    offloads(options);
    const shards = shardsOf({ count, inner: resharding.group, defers });
    const units = unitPasses(options, { count, resharding, defers });
    const isCut = count > 1;
    const completing: PassSlots = {
      ...(isCut ? units.completing : {}),
      ...(replicas === 1 ? {} : { last: [reduce] }),
    };
    return {
      mesh,
      interceptor: isCut ? gatheredReads({ shards, inComputeDType }) : undefined,
      passes: isCut ? units.passes : {},
      completingPasses: replicas > 1 || (isCut && defers) ? completing : undefined,
      host,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};
export default fsdp2;

/** Errors: `bad-recipe` for copies that do not share the processes evenly. */
function replicasOf(options: Readonly<Record<string, unknown>>, size: number): number {
  const replicas = sizeOption(options, 'dp_replicate_size') ?? 1;
  if (size % replicas === 0) return replicas;
  throw new AutomodelError('bad-recipe', `${replicas} does not divide ${size} processes`, {
    location: 'distributed.dp_replicate_size',
  });
}
