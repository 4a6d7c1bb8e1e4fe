// LoRA on the matrices of a mixture of experts, against the formula expert by expert, and the names
// and shapes that Hugging Face PEFT (0.21, target_parameters) gives it.
import type { LinearModule } from '@automodel/contracts';
import { hostTensor, runReference, trace, type HostTensor } from '@automodel/core';
import { Scope } from '@automodel/nn';
import { expect, test } from 'vitest';
import plugin, { createLora } from '../src/index.js';
import { baseOf } from './base-of.js';

const [N, E, IN, OUT, RANK] = [4, 3, 5, 2, 2];
const EXPERT = [2, 0, 2, 1];
const module = (transposed: boolean): LinearModule => ({
  name: 'mlp.experts.down_proj',
  weight: 'mlp.experts.down_proj',
  inFeatures: IN,
  outFeatures: OUT,
  shape: transposed ? [E, IN, OUT] : [E, OUT, IN],
  experts: { count: E, transposed },
});
const tensor = (shape: readonly number[], phase: number): HostTensor =>
  hostTensor(
    'f64',
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.3 * i + phase)),
  );

test.each([false, true])(
  "adds s B A of a row's expert (transposed: %s), and merges to the same",
  (transposed) => {
    const adapter = createLora(
      { target_modules: '*down_proj', dim: RANK, alpha: 3 },
      baseOf([module(transposed)]),
    );
    const feeds = new Map<string, HostTensor>([
      ['x', tensor([N, IN], 0)],
      ['experts', hostTensor('i64', [N], EXPERT)],
      ['mlp.experts.down_proj', tensor(module(transposed).shape, 1)],
      ['mlp.experts.down_proj.lora_A.weight', tensor([E * RANK, IN], 2)],
      ['mlp.experts.down_proj.lora_B.weight', tensor([OUT, RANK * E], 3)],
    ]);
    const value = (name: string, index: number): number => Number(feeds.get(name)!.data[index]);
    const graph = trace('experts', (t) => {
      const scope = Scope.root(t, { dtypeOf: () => 'f64', interceptors: [adapter.interceptor] });
      const [x, experts] = [
        t.input('batch', 'x', [N, IN], 'f64'),
        t.input('batch', 'experts', [N], 'i64'),
      ];
      t.output(
        'y',
        scope.within('mlp.experts', (inner) =>
          inner.groupedLinear('down_proj', x, experts, { count: E, outFeatures: OUT, transposed }),
        ),
      );
      t.output('w', adapter.merged()[0]!.value(Scope.root(t, { dtypeOf: () => 'f64' })));
    });
    const { outputs } = runReference(graph, feeds);
    for (let n = 0; n < N; n++)
      for (let o = 0; o < OUT; o++) {
        const e = EXPERT[n]!;
        let [expected, merged] = [0, 0];
        for (let i = 0; i < IN; i++) {
          const at = transposed ? (e * IN + i) * OUT + o : (e * OUT + o) * IN + i;
          let weight = value('mlp.experts.down_proj', at);
          for (let r = 0; r < RANK; r++)
            weight +=
              1.5 *
              value('mlp.experts.down_proj.lora_B.weight', o * RANK * E + r * E + e) *
              value('mlp.experts.down_proj.lora_A.weight', (e * RANK + r) * IN + i);
          expected += weight * value('x', n * IN + i);
          merged += Number(outputs.get('w')!.data[at]) * value('x', n * IN + i);
        }
        expect(Number(outputs.get('y')!.data[n * OUT + o])).toBeCloseTo(expected, 12);
        expect(merged).toBeCloseTo(expected, 12);
      }
  },
);

test('names nest as PEFT wraps the parameters of one module', () => {
  const [gate, down] = ['gate_up_proj', 'down_proj'].map((part): LinearModule => ({
    ...module(false),
    name: `layers.0.experts.${part}`,
    weight: `layers.0.experts.${part}`,
  })) as [LinearModule, LinearModule];
  const plain: LinearModule = {
    name: 'layers.0.q_proj',
    weight: 'layers.0.q_proj.weight',
    inFeatures: IN,
    outFeatures: OUT,
    shape: [OUT, IN],
  };
  const all = [plain, gate, down];
  const base = baseOf(all);
  const adapter = createLora({ target_modules: '*_proj', dim: RANK }, base);
  expect(adapter.storedName('layers.0.experts.gate_up_proj.lora_A.weight')).toBe(
    'base_model.model.layers.0.experts.base_layer.lora_A.weight',
  );
  expect(adapter.storedName('layers.0.experts.down_proj.lora_B.weight')).toBe(
    'base_model.model.layers.0.experts.lora_B.weight',
  );
  const config = adapter.config('base');
  expect(config).toMatchObject({
    target_modules: ['q_proj'],
    target_parameters: ['layers.0.experts.gate_up_proj', 'layers.0.experts.down_proj'],
  });
  const shapes = new Map(
    all.flatMap((m) =>
      ['A', 'B'].map((x): [string, readonly number[]] => [
        adapter.storedName(`${m.name}.lora_${x}.weight`),
        x === 'A' ? [RANK * (m.experts?.count ?? 1), IN] : [OUT, RANK * (m.experts?.count ?? 1)],
      ]),
    ),
  );
  expect(plugin.open({ path: 'a', config, shapes }, base).modules.map(({ name }) => name)).toEqual(
    all.map(({ name }) => name),
  );
  expect(createLora({ target_modules: 'all-linear' }, base).modules).toEqual([
    expect.objectContaining({ name: 'layers.0.q_proj' }),
  ]);
  expect(() => createLora({ target_modules: '*_proj', use_dora: true }, base)).toThrow(
    /DoRA does not adapt experts, and layers.0.experts.gate_up_proj/,
  );
});
