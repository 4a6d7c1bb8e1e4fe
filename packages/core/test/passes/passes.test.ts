// Every pass keeps the program's meaning: bitwise passes keep every bit of the typed run, others
// agree in f64. All passes together, and the plan, agree too.
import { describe, expect, it } from 'vitest';
import {
  builtinOps,
  compileGraph,
  FUSION_PASSES,
  overwritesOf,
  passesFor,
  runPasses,
  runReference,
  verifyPlan,
  type Graph,
  type KernelTable,
  type Pass,
} from '../../src/index.js';
import { expectSameBytes } from '../plan/run-both.js';
import { randomGraph } from '../plan/random-graph.js';
import { tinyFeeds, tinyTraining } from './tiny-model.js';

const everyKernel: KernelTable = Object.fromEntries(
  Object.keys(builtinOps).map((name) => [name, { acceptsView: () => true }]),
);
const primitives: KernelTable = Object.fromEntries(
  Object.values(builtinOps)
    .filter((op) => op.decompose === undefined)
    .map((op) => [op.name, {}]),
);
const target = (kernels: KernelTable) => ({ backend: 'test', kernels });

function expectSame(
  before: Graph,
  after: Graph,
  feeds: Parameters<typeof runReference>[1],
  pass: Pick<Pass, 'name' | 'numerics'>,
): void {
  const mode = pass.numerics === 'bitwise' ? 'typed' : 'exact';
  const [a, b] = [runReference(before, feeds, mode), runReference(after, feeds, mode)];
  for (const [kind, wanted, found] of [
    ['output', a.outputs, b.outputs],
    ['assign', a.assigns, b.assigns],
  ] as const) {
    expect([...found.keys()]).toEqual([...wanted.keys()]);
    for (const [name, tensor] of wanted) {
      const other = found.get(name)!;
      expect(other.dtype).toBe(tensor.dtype);
      if (pass.numerics === 'bitwise')
        expect(other.data, `${kind} ${name} after ${pass.name}`).toEqual(tensor.data);
      else
        tensor.data.forEach((value: number | bigint, i: number) =>
          expect(
            Math.abs(Number(value) - Number(other.data[i])),
            `${kind} ${name}[${i}] after ${pass.name}`,
          ).toBeLessThan(1e-11),
        );
    }
  }
}

describe('each pass keeps the numbers it says it keeps', () => {
  it.each([{}, { compute: 'bf16' as const }])('of a training step %o', (options) => {
    const graph = tinyTraining(options);
    const feeds = tinyFeeds(graph);
    let last = graph;
    const arenaBudget = 1; // every layer is recomputed
    runPasses(graph, passesFor(target(primitives), { arenaBudget }), {
      verify: true,
      onPass: ({ pass, before, after }) => {
        expect(before).toBe(last);
        expectSame(before, after, feeds, pass);
        last = after;
      },
    });
  });

  it('of random programs', () => {
    for (let seed = 0; seed < 30; seed++) {
      const { graph, feeds } = randomGraph(seed, 30);
      const kernels: KernelTable = { ...everyKernel, test_update: {} };
      runPasses(graph, passesFor(target(kernels)), {
        verify: true,
        onPass: ({ pass, before, after }) =>
          expectSame(before, after, feeds, { ...pass, numerics: 'bitwise' }),
      });
    }
  });
});

describe('compileGraph', () => {
  it.each([
    ['all kernels', everyKernel, {}],
    ['primitives only', primitives, {}],
    ['all kernels, bf16', everyKernel, { compute: 'bf16' as const }],
    [
      'all kernels, frozen table',
      everyKernel,
      { frozen: (name: string) => name === 'embed.weight' },
    ],
  ])('plans a training step: %s', (_, kernels, options) => {
    const graph = tinyTraining(options);
    for (const arenaBudget of [undefined, 1]) {
      const { graph: compiled, plan } = compileGraph(graph, target(kernels), {
        verify: true,
        ...(arenaBudget === undefined ? {} : { arenaBudget }),
      });
      verifyPlan(plan, overwritesOf(compiled));
      expectSameBytes(compiled, plan, tinyFeeds(compiled));
    }
  });

  it('needs no gradient memory besides the states', () => {
    const { graph } = compileGraph(tinyTraining(), target(everyKernel), { disable: FUSION_PASSES });
    expect(
      graph.nodes
        .filter((n) => n.op.name === 'gradient_accumulate')
        .map((n) => n.inputs[0]!.input?.name),
    ).toEqual(expect.not.arrayContaining(['gradient.embed.weight', 'gradient.layers.0.q.weight']));
    expect(graph.nodes.filter((n) => n.op.name === 'matmul_accumulate')).toHaveLength(14);
    expect(graph.nodes.map((n) => n.op.name)).toEqual(
      expect.arrayContaining([
        'linear_cross_entropy_with_gradient_accumulate',
        'embedding_backward_accumulate',
      ]),
    );
  });
});
