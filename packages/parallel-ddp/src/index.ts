// Data parallelism: every process holds the whole model and reads its part of the data. Gradients
// are added up over all processes once a step, in the micro-batch that completes them.
import type { ParallelismPlugin } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { bucketOption, createMesh, modelAxes, reduceGradients } from '@automodel/distributed';

/** The strategy `ddp`. */
const ddp: ParallelismPlugin = {
  kind: 'parallelism',
  apiVersion: 1,
  name: 'ddp',
  create: async (options, { host }) => {
    refuseKeysOfFsdp2(options);
    const mesh = createMesh({ ...modelAxes(options), dp_replicate: host.size }, host);
    const bucketBytes = bucketOption(options);
    const reduce = reduceGradients({ axis: 'dp_replicate', ranks: host.size, bucketBytes });
    return {
      mesh,
      passes: {},
      completingPasses: host.size === 1 ? undefined : { last: [reduce] },
      host,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};
export default ddp;

/** They are about parameters in pieces, which no process has here. */
const KEYS_OF_FSDP2 = [
  'defer_fsdp_grad_sync',
  'reshard_after_forward',
  'enable_fsdp2_prefetch',
  'mp_policy',
  'offload_policy',
];

/** A key that is left out or null asks for nothing. Errors: `bad-recipe` naming the key. */
function refuseKeysOfFsdp2(options: Readonly<Record<string, unknown>>): void {
  for (const key of KEYS_OF_FSDP2)
    if (options[key] !== undefined && options[key] !== null)
      throw new AutomodelError('bad-recipe', 'is an option of fsdp2, not of ddp', {
        location: `distributed.${key}`,
        hint: 'leave it out, or set distributed.strategy to fsdp2',
      });
}
