// Random programs for property tests: small tensors through elementwise ops, reductions, views,
// concatenation and state updates, with outputs and assigns drawn from everything made.
import { Trace } from '../../src/graph/trace.js';
import type { Graph } from '../../src/graph/graph.js';
import { rebuild } from '../../src/graph/rebuild.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { hostTensor, type HostTensor } from '../../src/tensor/host-tensor.js';
import { sizeOf } from '../../src/tensor/shape.js';
import { add } from '../../src/ops/elementwise/add.js';
import { mul } from '../../src/ops/elementwise/mul.js';
import { neg } from '../../src/ops/elementwise/neg.js';
import { gatedActivation } from '../../src/ops/activation/gated-activation.js';
import { rmsNorm } from '../../src/ops/norm/rms-norm.js';
import { cast } from '../../src/ops/cast/cast.js';
import { full } from '../../src/ops/creation/full.js';
import { cat } from '../../src/ops/layout/cat.js';
import { expand } from '../../src/ops/layout/expand.js';
import { permute } from '../../src/ops/layout/permute.js';
import { reshape } from '../../src/ops/layout/reshape.js';
import { slice } from '../../src/ops/layout/slice.js';
import { sum } from '../../src/ops/reduce/sum.js';
import { sgdUpdateLike } from './update-op.js';

/** Numbers 0 <= x < 1 from a seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

class Generator {
  readonly trace = new Trace('random');
  readonly pool: Tensor[] = [];
  constructor(readonly random: () => number) {}

  below(n: number): number {
    return Math.floor(this.random() * n);
  }

  pick(fits: (t: Tensor) => boolean = () => true): Tensor | undefined {
    const found = this.pool.filter(fits);
    // Recent values are likelier, so that chains grow and early values die.
    return found[Math.max(0, found.length - 1 - this.below(Math.min(found.length, 6)))];
  }

  like(x: Tensor): Tensor {
    return this.pick((t) => t.dtype === x.dtype && t.shape.join() === x.shape.join())!;
  }

  next(): readonly Tensor[] {
    const x = this.pick()!;
    const axis = this.below(Math.max(1, x.rank));
    switch (this.below(14)) {
      case 0:
        return [add(x, this.like(x))];
      case 1:
        return [mul(x, this.like(x))];
      case 2:
        return [neg(x)];
      case 3:
        return [gatedActivation(x, this.like(x), 'relu')];
      case 4:
        return x.rank > 0
          ? x.trace.apply(rmsNorm(x, undefined, 1e-5).value.node!.op, [x, undefined], {
              eps: 1e-5,
              weight_offset: 0,
            })
          : [neg(x)];
      case 5:
        return [cast(x, x.dtype === 'f32' ? 'bf16' : 'f32')];
      case 6:
        return [reshape(x, x.rank === 1 ? [1, sizeOf(x.shape)] : [sizeOf(x.shape)])];
      case 7:
        return x.rank > 1 ? [permute(x, [...x.shape.keys()].reverse())] : [neg(x)];
      case 8:
        return x.rank > 0 && x.shape[axis]! > 1
          ? [
              slice(
                x,
                x.shape.map((_, i) => (i === axis ? 1 : 0)),
                x.shape,
                x.shape.map((_, i) => (i === axis && this.random() < 0.3 ? 2 : 1)),
              ),
            ]
          : [neg(x)];
      case 9:
        return x.rank > 0 && sizeOf(x.shape) < 40 ? [cat([x, this.like(x)], axis)] : [neg(x)];
      case 10:
        return sizeOf(x.shape) < 20 && x.rank < 4 ? [expand(x, [2, ...x.shape])] : [neg(x)];
      case 11:
        return [full(x.shape, 0.5, x.dtype, this.trace)];
      case 12:
        return x.rank > 0 ? [sum(x, [axis])] : [neg(x)];
      default:
        return sgdUpdateLike(x, this.like(x));
    }
  }
}

/** The same graph with a third of its ops on other streams than compute. */
const onStreams = (graph: Graph, g: Generator): Graph =>
  rebuild(graph, ({ node, inputs, trace }) => {
    const stream = (['compute', 'compute', 'compute', 'compute', 'comm', 'copy'] as const)[
      g.below(6)
    ]!;
    return trace.apply({ ...node.op, stream }, inputs, node.attrs);
  }).graph;

/**
 * A random graph of about `nodes` ops and data for its inputs. With `streams` a third of the ops
 * run on other streams than compute.
 */
export function randomGraph(
  seed: number,
  nodes: number,
  streams = false,
): { readonly graph: Graph; readonly feeds: ReadonlyMap<string, HostTensor> } {
  const random = randomNumbers(seed);
  const g = new Generator(random);
  const { trace, pool } = g;
  const states = [[3, 4], [4], [2, 3]].map((shape, i) =>
    trace.input(i === 1 ? 'parameter' : 'state', `state${i}`, shape, i === 2 ? 'bf16' : 'f32'),
  );
  pool.push(
    ...states,
    trace.input('batch', 'batch', [3, 4], 'f32'),
    trace.input('scalar', 'scalar', [], 'f32'),
  );
  trace.run(() => {
    for (let i = 0; i < nodes; i++) {
      trace.at('', i < nodes / 2 ? 'forward' : 'backward', () => pool.push(...g.next()));
    }
  });
  for (const state of states) {
    const value =
      random() < 0.8
        ? pool
            .filter((t) => t.dtype === state.dtype && t.shape.join() === state.shape.join())
            .at(-1 - g.below(2))
        : undefined;
    if (value !== undefined) trace.assign(state, value);
  }
  for (let i = 0; i < 1 + g.below(3); i++) trace.output(`output${i}`, g.pick()!);
  const graph = streams ? onStreams(trace.finish(), g) : trace.finish();
  const feeds = new Map(
    graph.inputs.map((v) => [
      v.input!.name,
      hostTensor(
        v.dtype,
        v.shape,
        Array.from({ length: sizeOf(v.shape) }, () => Math.round(random() * 64 - 32) / 16),
      ),
    ]),
  );
  return { graph, feeds };
}
