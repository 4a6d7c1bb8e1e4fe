// The same with two processes, each of which keeps one half of every matrix: the half travels where
// the model reads the matrix, and the adjoint of that adds up gradients and cuts them. What cannot
// be halved is whole in both, and its gradient is added up once a step.
import type { HostGroup, Parallelism } from '@automodel/contracts';
import { allGather, type Tensor, type Value } from '@automodel/core';
import { createMesh, reduceGradients } from '@automodel/distributed';
import { halvesOf } from './halves-of.js';

const AXIS = { axis: 'dp_shard', ranks: 2 } as const;
const BUCKET_BYTES = 2 ** 20;

/** Errors: `bad-recipe` for other than two processes. */
export function overTwo(host: HostGroup): Parallelism {
  const joined = new WeakMap<Value, Tensor>();
  const halved = new Set<string>();
  const reduce = reduceGradients({
    ...AXIS,
    bucketBytes: BUCKET_BYTES,
    concerns: (parameter) => !halved.has(parameter),
  });
  return {
    host,
    mesh: createMesh({ dp_shard: AXIS.ranks }, host),
    interceptor: {
      placement: (record) => {
        const halves = halvesOf(record);
        if (halves === undefined) return undefined;
        halved.add(record.name);
        return {
          shape: halves.shape.slice(1),
          cutAlong: [AXIS.axis],
          boxes: (rank) =>
            halves
              .boxes(rank)
              .slice(rank, rank + 1)
              .map(atStart),
        };
      },
      read: (record, next) => {
        const stored = next();
        if (halvesOf(record) === undefined) return stored;
        const [whole] = joined.has(stored.value)
          ? [joined.get(stored.value)!]
          : allGather([stored], AXIS);
        joined.set(stored.value, whole!);
        return whole!;
      },
    },
    passes: {},
    completingPasses: { last: [reduce] },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const atStart = <B>(box: B): B & { readonly offset: number } => ({ ...box, offset: 0 });
