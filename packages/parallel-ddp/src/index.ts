// Data parallelism: every process holds the whole model and reads its part of the data. Gradients
// are added up over all processes once a step, in the micro-batch that completes them.
import type { ParallelismPlugin } from '@automodel/contracts';
import { bucketOption, createMesh, modelAxes, reduceGradients } from '@automodel/distributed';

/** The strategy `ddp`. */
const ddp: ParallelismPlugin = {
  kind: 'parallelism',
  apiVersion: 1,
  name: 'ddp',
  create: async (options, { host }) => {
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
