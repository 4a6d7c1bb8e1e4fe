// A new adapter: NeMo's defaults, the numbers that its matrices start with, and DoRA's gradient
// with the norms of rows taken as constants.
import { gradients, hostTensor, runReference, sum, trace } from '@automodel/core';
import type { LinearModule } from '@automodel/contracts';
import { Scope } from '@automodel/nn';
import { expect, test } from 'vitest';
import { createLora, type LoraOptions } from '../src/index.js';
import { baseOf } from './base-of.js';

const [ROWS, IN, OUT] = [3, 6, 4];
const MODULE: LinearModule = {
  name: 'm_proj',
  inFeatures: IN,
  outFeatures: OUT,
  weight: 'm_proj.weight',
  shape: [OUT, IN],
};

/** How the parameters of an adapter on one module start. */
function starts(options: LoraOptions): Record<string, unknown> {
  const adapter = createLora({ ...options }, baseOf([MODULE]));
  let records: Record<string, unknown> = {};
  trace('starts', (t) => {
    const scope = Scope.root(t, { dtypeOf: () => 'f32', interceptors: [adapter.interceptor] });
    scope.linear('m_proj', t.input('batch', 'x', [ROWS, IN], 'f32'), OUT, false);
    records = Object.fromEntries(
      [...scope.records].map(([name, { initializer }]) => [name, initializer]),
    );
  });
  return records;
}

test('without options, rank is 8 and alpha 32 on every projection', () => {
  const adapter = createLora({}, baseOf([MODULE]));
  expect(adapter.modules).toMatchObject([{ name: 'm_proj', rank: 8, scale: 4 }]);
  expect(adapter.config('base')).toMatchObject({
    r: 8,
    lora_alpha: 32,
    lora_dropout: 0,
    use_dora: false,
    use_rslora: false,
  });
  expect(createLora({ use_rslora: true }, baseOf([MODULE])).modules).toMatchObject([
    { scale: 32 / Math.sqrt(8) },
  ]);
});

test('B starts with zeros, so that nothing changes, and A as it is asked to', () => {
  const xavier = { distribution: 'normal', standardDeviation: Math.sqrt(2 / (IN + 2)) };
  expect(starts({ dim: 2 })).toMatchObject({
    'm_proj.lora_A.weight': xavier,
    'm_proj.lora_B.weight': 'zeros',
  });
  for (const [name, start] of [
    ['xavier', xavier],
    ['normal', xavier],
    ['kaiming', { distribution: 'uniform', bound: 1 / Math.sqrt(IN) }],
    ['orthogonal', { distribution: 'orthogonal' }],
  ] as const)
    expect(starts({ dim: 2, lora_A_init: name })['m_proj.lora_A.weight']).toEqual(start);
});

test("DoRA's gradient of B is LoRA's, times the factor of its row", () => {
  const shapes = {
    x: [ROWS, IN],
    'm_proj.weight': [OUT, IN],
    'm_proj.lora_A.weight': [2, IN],
    'm_proj.lora_B.weight': [OUT, 2],
    'm_proj.lora_magnitude_vector': [OUT],
  };
  const feeds = new Map(
    Object.entries(shapes).map(([name, shape], n) => {
      const size = shape.reduce((product, length) => product * length, 1);
      const values = Array.from({ length: size }, (_, i) => 1.5 + Math.sin(1.7 * i + n));
      return [name, hostTensor('f64', shape, values)];
    }),
  );
  const at = (name: keyof typeof shapes, i: number): number => Number(feeds.get(name)!.data[i]);
  const gradientOfB = (options: LoraOptions): number[] => {
    const adapter = createLora({ dim: 2, alpha: 3, ...options }, baseOf([MODULE]));
    const graph = trace('gradient', (t) => {
      const dtypeOf = () => 'f64' as const;
      const scope = Scope.root(t, { dtypeOf, interceptors: [adapter.interceptor] });
      const y = scope.linear('m_proj', t.input('batch', 'x', [ROWS, IN], 'f64'), OUT, false);
      const b = t.tensor(t.finish().inputs.find((v) => v.input!.name.includes('lora_B'))!);
      t.output('gradient', gradients(sum(y), [b])[0]!);
    });
    return Array.from(runReference(graph, feeds).outputs.get('gradient')!.data, Number);
  };
  const changed = (o: number, i: number): number =>
    at('m_proj.weight', o * IN + i) +
    1.5 *
      [0, 1].reduce(
        (total, r) =>
          total + at('m_proj.lora_B.weight', 2 * o + r) * at('m_proj.lora_A.weight', r * IN + i),
        0,
      );
  const factors = Array.from({ length: OUT }, (_, o) => {
    const row = Array.from({ length: IN }, (_unused, i) => changed(o, i));
    return at('m_proj.lora_magnitude_vector', o) / Math.hypot(...row);
  });
  const plain = gradientOfB({});
  gradientOfB({ use_dora: true }).forEach((value, n) =>
    expect(value / (factors[Math.floor(n / 2)]! * plain[n]!)).toBeCloseTo(1, 6),
  );
});
