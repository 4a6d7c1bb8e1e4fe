// Updates of parameters that are made together: which of them share a list, and that every one
// keeps its bits.
import { describe, expect, it } from 'vitest';
import {
  adamw,
  compileGraph,
  hostTensor,
  mul,
  overwritesOf,
  runPasses,
  runReference,
  sgd,
  sizeOf,
  trace,
  verifyPlan,
  type AdamWAttributes,
  type AdamWScalars,
  type DType,
  type Graph,
  type HostTensor,
  type Shape,
  type Tensor,
  type Trace,
} from '../../src/index.js';
import { batchUpdates } from '../../src/passes/batch-updates.js';
import { target } from './rewritten.js';

const SETTINGS: AdamWAttributes = { beta1: 0.9, beta2: 0.99, eps: 1e-8 };

const scalarsOf = (t: Trace, rate = 'learningRate'): AdamWScalars => {
  const scalar = (name: string): Tensor => t.input('scalar', name, [], 'f32');
  return {
    learningRate: scalar(rate),
    weightDecay: scalar('weightDecay'),
    biasCorrection1: scalar('biasCorrection1'),
    biasCorrection2: scalar('biasCorrection2'),
    clipScale: scalar('clipScale'),
    flag: scalar('flag'),
  };
};

interface Update {
  readonly shape?: Shape;
  readonly dtype?: DType;
  readonly settings?: AdamWAttributes;
  readonly rate?: string;
  /** What the gradient is multiplied by before the update. */
  readonly factor?: number;
}

/** Updates parameter p<i>, of some small shape unless said otherwise. */
function update(t: Trace, i: number, { shape = [1 + (i % 5)], ...options }: Update = {}): Tensor {
  const { dtype = 'f32', settings = SETTINGS, factor } = options;
  const [p, m, v, state] = [`p${i}`, `m${i}`, `v${i}`, `g${i}`].map((name, k) =>
    t.input(k === 0 ? 'parameter' : 'state', name, shape, dtype),
  ) as [Tensor, Tensor, Tensor, Tensor];
  const gradient = factor === undefined ? state : mul(state, factor);
  const [next, ...moments] = adamw(p, gradient, m, v, scalarsOf(t, options.rate), settings);
  t.assign(p, next);
  t.assign(m, moments[0]);
  t.assign(v, moments[1]);
  return next;
}

const updating = (...updates: readonly Update[]): Graph =>
  trace('update', (t) => updates.forEach((options, i) => update(t, i, options)));

const joined = (graph: Graph): Graph => runPasses(graph, [batchUpdates(target)], { verify: true });

/** The updates of a graph, with the number of parameters of each. */
const listsOf = (graph: Graph): string[] =>
  graph.nodes
    .filter(({ op }) => /^(adamw|sgd)/.test(op.name))
    .map(({ op, outputs }) => `${op.name} ${outputs.length}`);

const feedsOf = (graph: Graph, flag: number): ReadonlyMap<string, HostTensor> =>
  new Map(
    graph.inputs.map(({ input: { name }, shape, dtype }, n) => [
      name,
      hostTensor(
        dtype,
        shape,
        name === 'flag'
          ? [flag]
          : Array.from({ length: sizeOf(shape) }, (_, i) => (1 + ((7 * n + i) % 11)) / 16),
      ),
    ]),
  );

function expectSameBits(graph: Graph): void {
  const after = joined(graph);
  for (const flag of [1, 0]) {
    const [wanted, found] = [graph, after].map((g) =>
      runReference(g, feedsOf(graph, flag), 'typed'),
    );
    for (const kind of ['assigns', 'outputs'] as const) {
      expect([...found![kind].keys()]).toEqual([...wanted![kind].keys()]);
      for (const [name, { data }] of wanted![kind])
        expect(found![kind].get(name)!.data, name).toEqual(data);
    }
  }
  const { graph: lowered, plan } = compileGraph(graph, target, { verify: true });
  verifyPlan(plan, overwritesOf(lowered));
}

describe('updates with AdamW', () => {
  it('share a list of at most 128 parameters', () => {
    const graph = updating(...Array.from({ length: 300 }, () => ({})));
    expect(listsOf(joined(graph))).toEqual([
      'adamw_many 384',
      'adamw_many 384',
      `adamw_many ${3 * 44}`,
    ]);
  });

  it('are not joined where one is left', () => {
    const graph = updating(...Array.from({ length: 129 }, () => ({})));
    expect(listsOf(joined(graph)).sort()).toEqual(['adamw 3', 'adamw_many 384']);
    expectSameBits(graph);
  });

  it('share a list only with the same settings, scalars and dtypes', () => {
    const others: readonly Update[] = [
      { settings: { ...SETTINGS, eps: 1e-6 } },
      { rate: 'otherRate' },
      { dtype: 'bf16' },
    ];
    const graph = updating({}, ...others, {}, ...others, {}, ...others);
    expect(listsOf(joined(graph))).toEqual(new Array<string>(4).fill('adamw_many 9'));
    expectSameBits(graph);
  });

  it('stay where somebody reads their results', () => {
    const graph = trace('update', (t) => {
      const [first] = [0, 1, 2].map((i) => update(t, i, { shape: [2] }));
      t.output('read', mul(first!, 2));
    });
    expect(listsOf(joined(graph)).sort()).toEqual(['adamw 3', 'adamw_many 6']);
    expectSameBits(graph);
  });

  it('keep no large gradients for one another', () => {
    const graph = updating(...[16, 129, 128].map((rows) => ({ shape: [rows, 128], factor: 0.5 })), {
      shape: [300, 128],
    });
    expect(listsOf(joined(graph)).sort()).toEqual(['adamw 3', 'adamw_many 9']);
  });

  it('are written over their operands', () => {
    const { plan } = compileGraph(updating({}, {}, {}), target);
    const [step, ...others] = plan.steps;
    expect(others).toEqual([]);
    expect(step!.outputs.map((ref) => ref!.buffer)).toEqual(
      step!.inputs.slice(6, 15).map((ref) => ref!.buffer),
    );
  });

  it('stay single for a target without the kernel', () => {
    const kernels = { ...target.kernels, adamw_many: 'decompose' as const };
    const graph = updating({}, {}, {});
    expect(listsOf(runPasses(graph, [batchUpdates({ ...target, kernels })]))).toEqual(
      new Array<string>(3).fill('adamw 3'),
    );
  });
});

describe('updates with SGD', () => {
  const withSgd = (momentum: number, buffers: boolean): Graph =>
    trace('update', (t) => {
      const { learningRate, weightDecay, clipScale, flag } = scalarsOf(t);
      for (let i = 0; i < 3; i++) {
        const [p, g, buffer] = [`p${i}`, `g${i}`, `b${i}`].map((name) =>
          name.startsWith('b') && !buffers ? undefined : t.input('state', name, [2 + i], 'f32'),
        ) as [Tensor, Tensor, Tensor | undefined];
        const scalars = { learningRate, weightDecay, clipScale, flag };
        const [next, nextBuffer] = sgd(p, g, buffer, scalars, { momentum, nesterov: momentum > 0 });
        t.assign(p, next);
        if (buffer !== undefined) t.assign(buffer, nextBuffer!);
      }
    });

  it.each([
    [0.9, true, ['sgd_many 6']],
    [0, false, ['sgd_many 3']],
    // A buffer that momentum 0 ignores has no place in a list.
    [0, true, ['sgd 2', 'sgd 2', 'sgd 2']],
  ])('with momentum %f, buffers: %s', (momentum, buffers, lists) => {
    const graph = withSgd(momentum, buffers);
    expect(listsOf(joined(graph))).toEqual(lists);
    expectSameBits(graph);
  });
});
