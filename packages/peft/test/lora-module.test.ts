// The arithmetic of LoRA and DoRA on the reference run, against the formulas written out, and its
// gradients against central differences.
import {
  gradients,
  hostTensor,
  mul,
  runReference,
  sum,
  trace,
  type Graph,
  type HostTensor,
  type Tensor,
  type Trace,
} from '@automodel/core';
import { Scope } from '@automodel/nn';
import { expect, test } from 'vitest';
import { createLora, type LoraOptions } from '../src/index.js';
import { baseOf } from './base-of.js';

const [T, IN, OUT, RANK] = [3, 5, 4, 2];
const SHAPES: Readonly<Record<string, readonly number[]>> = {
  x: [T, IN],
  'm.weight': [OUT, IN],
  'm.bias': [OUT],
  'm.lora_A.weight': [RANK, IN],
  'm.lora_B.weight': [OUT, RANK],
  'm.lora_magnitude_vector': [OUT],
};
const value = (name: string, i: number): number =>
  Math.sin(i * 1.7 + name.length) + (name.endsWith('vector') ? 2 : 0);
const feed = (name: string): HostTensor =>
  hostTensor(
    'f64',
    SHAPES[name]!,
    Array.from({ length: SHAPES[name]!.reduce((a, b) => a * b, 1) }, (_, i) => value(name, i)),
  );
const FEEDS = new Map(Object.keys(SHAPES).map((name) => [name, feed(name)]));

const adapterOf = (options: LoraOptions) =>
  createLora(
    { target_modules: 'm', dim: RANK, alpha: 3, ...options },
    baseOf([{ name: 'm', inFeatures: IN, outFeatures: OUT, weight: 'm.weight', shape: [OUT, IN] }]),
  );

function forward(options: LoraOptions, bias: boolean, use: (t: Trace, y: Tensor) => void): Graph {
  return trace('lora', (t) => {
    const scope = Scope.root(t, {
      dtypeOf: () => 'f64',
      interceptors: [adapterOf(options).interceptor],
    });
    use(t, scope.linear('m', t.input('batch', 'x', [T, IN], 'f64'), OUT, bias));
  });
}

const at = (name: string, row: number, column: number, width: number): number =>
  Number(FEEDS.get(name)!.data[row * width + column]);
const dot = (n: number, f: (k: number) => number): number =>
  Array.from({ length: n }, (_, k) => f(k)).reduce((a, b) => a + b, 0);

/** The formulas, element by element. */
function expected(scale: number, dora: boolean, bias: boolean): number[] {
  const changed = (o: number, i: number): number =>
    at('m.weight', o, i, IN) +
    scale * dot(RANK, (r) => at('m.lora_B.weight', o, r, RANK) * at('m.lora_A.weight', r, i, IN));
  const factor = (o: number): number =>
    dora
      ? at('m.lora_magnitude_vector', 0, o, OUT) / Math.sqrt(dot(IN, (i) => changed(o, i) ** 2))
      : 1;
  return Array.from({ length: T * OUT }, (_, n) => {
    const [t, o] = [Math.floor(n / OUT), n % OUT];
    return (
      factor(o) * dot(IN, (i) => changed(o, i) * at('x', t, i, IN)) +
      (bias ? at('m.bias', 0, o, OUT) : 0)
    );
  });
}

test.each<[string, LoraOptions, number, boolean]>([
  ['LoRA', {}, 1.5, false],
  ['rank-stabilised LoRA', { use_rslora: true }, 3 / Math.SQRT2, false],
  ['DoRA', { use_dora: true }, 1.5, true],
])('%s computes its formula, with and without a bias', (_, options, scale, dora) => {
  for (const bias of [false, true]) {
    const y = runReference(
      forward(options, bias, (t, out) => t.output('y', out)),
      FEEDS,
    ).outputs.get('y')!;
    expected(scale, dora, bias).forEach((want, i) =>
      expect(Number(y.data[i])).toBeCloseTo(want, 12),
    );
  }
});

test.each<LoraOptions>([{}, { use_dora: true }])(
  'gradients of %j agree with central differences, the norm taken as constant',
  (options) => {
    const names = [
      'm.lora_A.weight',
      'm.lora_B.weight',
      ...(options.use_dora === true ? ['m.lora_magnitude_vector'] : []),
    ];
    const graph = forward(options, true, (t, y) => {
      const loss = sum(mul(y, y));
      const inputs = names.map((name) =>
        t.tensor(t.finish().inputs.find((v) => v.input!.name === name)!),
      );
      t.output('loss', loss);
      gradients(loss, inputs).forEach((gradient, i) => t.output(names[i]!, gradient!));
    });
    const own = runReference(graph, FEEDS).outputs;
    const step = 1e-6;
    const checked = options.use_dora === true ? ['m.lora_magnitude_vector'] : names;
    for (const name of checked)
      FEEDS.get(name)!.data.forEach((_, i) => {
        const moved = (by: number): number => {
          const data = Float64Array.from(FEEDS.get(name)!.data as Float64Array);
          data[i]! += by;
          return Number(
            runReference(
              graph,
              new Map([...FEEDS, [name, { ...FEEDS.get(name)!, data }]]),
            ).outputs.get('loss')!.data[0],
          );
        };
        expect(Number(own.get(name)!.data[i])).toBeCloseTo(
          (moved(step) - moved(-step)) / (2 * step),
          5,
        );
      });
  },
);

test('the merged weight gives alone what module and adapter give together', () => {
  for (const options of [{}, { use_dora: true }] satisfies LoraOptions[]) {
    const adapter = adapterOf(options);
    const graph = trace('merged', (t) => {
      const root = Scope.root(t, { dtypeOf: () => 'f64' });
      t.output('w', adapter.merged()[0]!.value(root));
    });
    const w = runReference(graph, FEEDS).outputs.get('w')!;
    const want = expected(1.5, 'use_dora' in options, false);
    want.forEach((y, n) =>
      expect(
        dot(IN, (i) => Number(w.data[(n % OUT) * IN + i]) * at('x', Math.floor(n / OUT), i, IN)),
      ).toBeCloseTo(y, 10),
    );
  }
});

test('a new DoRA starts where the model is', () => {
  const adapter = adapterOf({ use_dora: true });
  const graph = trace('initial', (t) => {
    const root = Scope.root(t, { dtypeOf: () => 'f64' });
    adapter.initial!(root).forEach(([parameter, first]) => t.output(parameter, first));
  });
  expect(graph.outputs.map(({ name }) => name)).toEqual(['m.lora_magnitude_vector']);
  const magnitude = runReference(graph, FEEDS).outputs.get('m.lora_magnitude_vector')!;
  for (let o = 0; o < OUT; o++)
    expect(Number(magnitude.data[o])).toBeCloseTo(
      Math.sqrt(dot(IN, (i) => at('m.weight', o, i, IN) ** 2)),
      12,
    );
});

test('dropout is recorded where the option says, and only in training', () => {
  const ops = (options: LoraOptions, training: boolean): string[] => {
    const graph = trace('dropout', (t) => {
      const scalars = () => ({
        seed: t.input('scalar', 'seed', [], 'i64'),
        step: t.input('scalar', 'step', [], 'i64'),
      });
      const scope = Scope.root(t, {
        dtypeOf: () => 'f32',
        interceptors: [adapterOf(options).interceptor],
        dropout: training ? scalars : undefined,
      });
      scope.linear('m', t.input('batch', 'x', [T, IN], 'f32'), OUT, false);
    });
    return graph.nodes.map(({ op }) => op.name);
  };
  expect(ops({ dropout: 0.1 }, true)).toEqual([
    'linear',
    'linear',
    'constant',
    'mul',
    'linear',
    'dropout',
    'add',
  ]);
  expect(ops({ dropout: 0.1, dropout_position: 'pre' }, true)).toEqual([
    'linear',
    'dropout',
    'linear',
    'constant',
    'mul',
    'linear',
    'add',
  ]);
  expect(ops({ dropout: 0.1 }, false)).not.toContain('dropout');
});
