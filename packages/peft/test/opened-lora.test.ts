// What an opened adapter computes, against PEFT's formula written out: the scale of every module
// follows from its own rank and alpha, with and without rank stabilisation.
import { hostTensor, runReference, trace, type HostTensor } from '@automodel/core';
import type { Adapter, LinearModule } from '@automodel/contracts';
import { Scope } from '@automodel/nn';
import { expect, test } from 'vitest';
import plugin from '../src/index.js';
import { baseOf } from './base-of.js';

const [ROWS, IN, OUT] = [3, 5, 4];
const RANKS = { q: 2, v: 3 };
const NAMES = ['q', 'v'] as const;
const MODULES: readonly LinearModule[] = NAMES.map((name) => ({
  name,
  inFeatures: IN,
  outFeatures: OUT,
  weight: `${name}.weight`,
  shape: [OUT, IN],
}));

const SHAPES = new Map<string, readonly number[]>([
  ['x', [ROWS, IN]],
  ...NAMES.flatMap((name): [string, readonly number[]][] => [
    [`${name}.weight`, [OUT, IN]],
    [`${name}.lora_A.weight`, [RANKS[name], IN]],
    [`${name}.lora_B.weight`, [OUT, RANKS[name]]],
  ]),
]);
const FEEDS = new Map<string, HostTensor>(
  [...SHAPES].map(([name, shape], n) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return [
      name,
      hostTensor(
        'f64',
        shape,
        Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + n)),
      ),
    ];
  }),
);
const at = (name: string, row: number, column: number): number =>
  Number(FEEDS.get(name)!.data[row * SHAPES.get(name)![1]! + column]);
const sumOver = (count: number, term: (k: number) => number): number =>
  Array.from({ length: count }, (_, k) => term(k)).reduce((sum, value) => sum + value, 0);

/** W + s B A of one module, element by element. */
const changed = (name: 'q' | 'v', scale: number, o: number, i: number): number =>
  at(`${name}.weight`, o, i) +
  scale *
    sumOver(
      RANKS[name],
      (r) => at(`${name}.lora_B.weight`, o, r) * at(`${name}.lora_A.weight`, r, i),
    );

const open = (changes: object): Adapter =>
  plugin.open(
    {
      path: 'adapter',
      config: {
        peft_type: 'LORA',
        r: 2,
        lora_alpha: 3,
        target_modules: ['q', 'v'],
        rank_pattern: { v: 3 },
        ...changes,
      },
      shapes: new Map(
        [...SHAPES].flatMap(([name, shape]) =>
          name.includes('lora') ? [[`base_model.model.${name}`, shape]] : [],
        ),
      ),
    },
    baseOf(MODULES),
  );

test.each<[string, object, { readonly q: number; readonly v: number }]>([
  ['alpha / rank', {}, { q: 3 / 2, v: 3 / 3 }],
  ['alpha / sqrt(rank)', { use_rslora: true }, { q: 3 / Math.SQRT2, v: 3 / Math.sqrt(3) }],
  ['a pattern of alphas', { alpha_pattern: { v: 7 } }, { q: 3 / 2, v: 7 / 3 }],
  [
    'a pattern of alphas, rank-stabilised',
    { use_rslora: true, alpha_pattern: { v: 7 } },
    { q: 3 / Math.SQRT2, v: 7 / Math.sqrt(3) },
  ],
])('every module is scaled by %s, apart and merged', (_, changes, scales) => {
  const adapter = open(changes);
  const graph = trace('opened', (t) => {
    const dtypeOf = () => 'f64' as const;
    const scope = Scope.root(t, { dtypeOf, interceptors: [adapter.interceptor] });
    const x = t.input('batch', 'x', [ROWS, IN], 'f64');
    for (const name of NAMES) t.output(name, scope.linear(name, x, OUT, false));
    const plain = Scope.root(t, { dtypeOf });
    for (const tensor of adapter.merged())
      t.output(`merged ${tensor.name.replace('.weight', '')}`, tensor.value(plain));
  });
  const { outputs } = runReference(graph, FEEDS);
  for (const name of NAMES) {
    const scale = scales[name];
    outputs.get(name)!.data.forEach((value, n) => {
      const [row, o] = [Math.floor(n / OUT), n % OUT];
      const want = sumOver(IN, (i) => changed(name, scale, o, i) * at('x', row, i));
      expect(Number(value)).toBeCloseTo(want, 12);
    });
    outputs.get(`merged ${name}`)!.data.forEach((value, n) => {
      const want = changed(name, scale, Math.floor(n / IN), n % IN);
      expect(Number(value)).toBeCloseTo(want, 6); // merged in f32
    });
  }
});

test('an opened adapter is written again with the members that its scales follow from', () => {
  const kept = { use_rslora: true, rank_pattern: { v: 3 }, alpha_pattern: { v: 7 } };
  expect(open(kept).config('base')).toMatchObject({ r: 2, lora_alpha: 3, ...kept });
});

test('an opened adapter drops what goes into A, as PEFT does', () => {
  const graph = trace('dropout', (t) => {
    const scope = Scope.root(t, {
      dtypeOf: () => 'f32',
      interceptors: [open({ lora_dropout: 0.1 }).interceptor],
      dropout: () => ({
        seed: t.input('scalar', 'seed', [], 'i64'),
        step: t.input('scalar', 'step', [], 'i64'),
      }),
    });
    scope.linear('q', t.input('batch', 'x', [ROWS, IN], 'f32'), OUT, false);
  });
  expect(graph.nodes.map(({ op }) => op.name).slice(0, 3)).toEqual(['linear', 'dropout', 'linear']);
});
