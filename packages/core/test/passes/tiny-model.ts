// A two-layer language model with tied embeddings, written with ops directly: what passes and plans
// are tried on.
import {
  attention,
  embedding,
  gatedActivation,
  gradientAccumulate,
  gradients,
  linear,
  linearCrossEntropy,
  reshape,
  rmsNorm,
  add,
  castPolicy,
  sizeOf,
  trace,
  Trace,
  hostTensor,
  type Graph,
  type HostTensor,
  type Tensor,
} from '../../src/index.js';
import { randomNumbers } from '../plan/random-graph.js';

/** What `tinyFeeds` has data for, if nothing else is asked for. */
const SIZES = { tokens: 6, width: 8, hidden: 12, vocabulary: 10 };
const HEADS = 2;

function layer(
  t: Trace,
  hidden: Tensor,
  { segments, prefix, sizes }: { segments: Tensor; prefix: string; sizes: typeof SIZES },
): Tensor {
  const { tokens, width, hidden: inner } = sizes;
  const weight = (name: string, shape: number[]): Tensor =>
    t.input('parameter', `${prefix}.${name}.weight`, shape, 'f32');
  const heads = (x: Tensor): Tensor => reshape(x, [tokens, HEADS, width / HEADS]);
  const normed = rmsNorm(hidden, weight('norm1', [width]), 1e-5);
  const [q, k, v] = ['q', 'k', 'v'].map((name) =>
    heads(linear(normed, weight(name, [width, width]))),
  ) as [Tensor, Tensor, Tensor];
  const mixed = attention(q, k, v, segments, { scale: 0.5, softcap: 0, window: 0, causal: true });
  const attended = add(
    hidden,
    linear(reshape(mixed, [tokens, width]), weight('o', [width, width])),
  );
  const normedAgain = rmsNorm(attended, weight('norm2', [width]), 1e-5);
  return add(
    attended,
    linear(
      gatedActivation(
        linear(normedAgain, weight('gate', [inner, width])),
        linear(normedAgain, weight('up', [inner, width])),
        'silu',
      ),
      weight('down', [width, inner]),
    ),
  );
}

/** The forward pass; output `loss`. */
export function tinyForward(layers = 2, sizes = SIZES): Graph {
  const { tokens, width, vocabulary } = sizes;
  return trace('tiny', (t) => {
    const table = t.input('parameter', 'embed.weight', [vocabulary, width], 'f32');
    const segments = t.input('batch', 'segments', [2, 4], 'i32');
    let hidden = t.within('embed', () =>
      embedding(table, t.input('batch', 'ids', [tokens], 'i32')),
    );
    for (let i = 0; i < layers; i++)
      hidden = t.within(`layers.${i}`, () =>
        layer(t, hidden, { segments, prefix: `layers.${i}`, sizes }),
      );
    const normed = t.within('norm', () =>
      rmsNorm(hidden, t.input('parameter', 'norm.weight', [width], 'f32'), 1e-5),
    );
    const { loss } = linearCrossEntropy(
      normed,
      table,
      t.input('batch', 'targets', [tokens], 'i32'),
      t.input('scalar', 'scale', [], 'f32'),
    );
    t.output('loss', loss);
  });
}

/** Forward, backward and accumulation into states `gradient.<name>`; output `loss`. */
export function tinyTraining(
  options: {
    readonly compute?: 'bf16';
    readonly layers?: number;
    readonly sizes?: typeof SIZES;
    readonly frozen?: (name: string) => boolean;
  } = {},
): Graph {
  const traced = tinyForward(options.layers, options.sizes);
  const forward = options.compute === undefined ? traced : castPolicy(traced, options.compute);
  const t = Trace.extend(forward);
  const parameters = forward.inputs
    .filter((v) => v.input!.kind === 'parameter' && options.frozen?.(v.input!.name) !== true)
    .map((v) => t.tensor(v));
  const adjoints = gradients(t.tensor(forward.outputs[0]!.value), parameters);
  const keep = t.input('scalar', 'keep', [], 'f32');
  t.run(() =>
    parameters.forEach((p, i) => {
      const state = t.input('state', `gradient.${p.value.input!.name}`, p.shape, 'f32');
      t.at('', 'backward', () => t.assign(state, gradientAccumulate(state, adjoints[i]!, keep)));
    }),
  );
  return t.finish();
}

/** Data for the inputs of a tiny graph. */
export function tinyFeeds(graph: Graph, seed = 1): ReadonlyMap<string, HostTensor> {
  const random = randomNumbers(seed);
  const fixed: Record<string, number[]> = {
    ids: [1, 7, 3, 3, 0, 9],
    targets: [7, 3, -100, 0, 9, 2],
    segments: [0, 3, 0, 3, 3, 3, 3, 3],
    scale: [0.2],
    keep: [1],
  };
  return new Map(
    graph.inputs.map((v) => {
      const name = v.input!.name;
      return [
        name,
        hostTensor(
          v.dtype,
          v.shape,
          fixed[name] ?? Array.from({ length: sizeOf(v.shape) }, () => Math.fround(random() - 0.5)),
        ),
      ];
    }),
  );
}
