// From the sections of a recipe to what the training loop takes: every setting arrives under the
// library's name for it, and with the default of PyTorch or NeMo.
import { trace, type Graph } from '@automodel/core';
import { expect, test } from 'vitest';
import { checkRecipe, quantizedFormat, type Recipe, type ResolvedRecipe } from '@automodel/recipe';
import { optimizerOf, scheduleOf, stepSchedulerOf } from '../src/open/training-settings.js';

const resolved = (more: Partial<Recipe>): ResolvedRecipe =>
  checkRecipe({
    model: { pretrained_model_name_or_path: 'model' },
    dataset: { path_or_dataset_id: 'rows.jsonl' },
    optimizer: { lr: 1 },
    ...more,
  }).recipe;

/** The update of one parameter, as the recipe's optimizer records it. */
function update(more: Partial<Recipe>): Graph {
  const optimizer = optimizerOf(resolved(more));
  return trace('update', (t) =>
    optimizer.update(
      t,
      t.input('parameter', 'w', [2], 'f32'),
      t.input('batch', 'gradient', [2], 'f32'),
      {
        ...optimizer.scalars(t),
        clipScale: t.input('scalar', 'clip', [], 'f32'),
        flag: t.input('scalar', 'flag', [], 'i32'),
      },
    ),
  );
}
const kindOf = (more: Partial<Recipe>): [name: string, attrs: unknown] => [
  optimizerOf(resolved(more)).name,
  update(more).nodes.at(-1)!.attrs,
];

test.each<[Partial<Recipe>, string, object]>([
  [{ optimizer: { lr: 1 } }, 'adamw', { beta1: 0.9, beta2: 0.999, eps: 1e-8 }],
  [
    { optimizer: { lr: 1, betas: [0.8, 0.95], eps: 1e-6 } },
    'adamw',
    { beta1: 0.8, beta2: 0.95, eps: 1e-6 },
  ],
  // Adam without weight decay equals AdamW
  [{ optimizer: { type: 'adam', lr: 1 } }, 'adamw', { beta1: 0.9, beta2: 0.999, eps: 1e-8 }],
  [{ optimizer: { type: 'adam', lr: 1, weight_decay: 0.1 } }, 'adam', {}],
  [{ optimizer: { type: 'adam', lr: 1 }, lr_scheduler: { start_wd: 0.1 } }, 'adam', {}],
  [{ optimizer: { type: 'adam', lr: 1 }, lr_scheduler: { end_wd: 0.1 } }, 'adam', {}],
  [{ optimizer: { type: 'sgd', lr: 1 } }, 'sgd', { momentum: 0, nesterov: false }],
  [
    { optimizer: { type: 'sgd', lr: 1, momentum: 0.9, nesterov: true } },
    'sgd',
    { momentum: 0.9, nesterov: true },
  ],
])('%j updates with %s', (more, name, attrs) => {
  const [found, own] = kindOf(more);
  expect(found).toBe(name);
  expect(own).toMatchObject(attrs);
});

test('without a schedule rates are constant; AdamW decays by default, others do not', () => {
  const constant = (optimizer: Recipe['optimizer']): unknown =>
    scheduleOf(resolved({ optimizer }), 9).at(5);
  expect(constant({ lr: 0.5 })).toEqual({ learningRate: 0.5, weightDecay: 0.01 });
  expect(constant({ type: 'adam', lr: 0.5 })).toEqual({ learningRate: 0.5, weightDecay: 0 });
  expect(constant({ type: 'sgd', lr: 0.5 })).toEqual({ learningRate: 0.5, weightDecay: 0 });
  expect(constant({ lr: 0.5, weight_decay: 0.2 })).toEqual({ learningRate: 0.5, weightDecay: 0.2 });
});

test('a schedule goes from first rate to highest, then to lowest; decay has its own', () => {
  const schedule = scheduleOf(
    resolved({
      lr_scheduler: {
        lr_decay_style: 'linear',
        lr_warmup_steps: 2,
        lr_decay_steps: 6,
        init_lr: 0.1,
        max_lr: 0.9,
        min_lr: 0.3,
        start_wd: 0.2,
        end_wd: 0.6,
        wd_incr_steps: 4,
        wd_incr_style: 'linear',
      },
    }),
    8,
  );
  const expected: readonly (readonly [rate: number, decay: number])[] = [
    [0.1, 0.2],
    [0.5, 0.3],
    [0.9, 0.4],
    [0.75, 0.5],
    [0.6, 0.6],
    [0.45, 0.6],
    [0.3, 0.6],
    [0.3, 0.6],
  ];
  expected.forEach(([rate, decay], step) => {
    const { learningRate, weightDecay } = schedule.at(step);
    expect(learningRate).toBeCloseTo(rate, 12);
    expect(weightDecay).toBeCloseTo(decay, 12);
  });
});

test('the settings of WSD arrive too', () => {
  const rates = (lr_wsd_decay_style: 'linear' | 'minus_sqrt'): readonly number[] => {
    const schedule = scheduleOf(
      resolved({
        lr_scheduler: {
          lr_decay_style: 'WSD',
          lr_warmup_steps: 0,
          wsd_decay_steps: 4,
          min_lr: 0,
          lr_wsd_decay_style,
        },
      }),
      10,
    );
    return [0, 6, 7, 8, 10].map((step) => schedule.at(step).learningRate);
  };
  expect(rates('linear')).toEqual([1, 1, 0.75, 0.5, 0]);
  expect(rates('minus_sqrt')).toEqual([1, 1, 0.5, 1 - Math.SQRT1_2, 0]);
});

test('a run ends, saves and validates when its recipe says', () => {
  const scheduler = (step_scheduler: Recipe['step_scheduler']) =>
    stepSchedulerOf(resolved({ step_scheduler }), 5);
  expect(scheduler({ num_epochs: 3 }).totalSteps).toBe(15);
  expect(scheduler({ num_epochs: 3, max_steps: 7 }).totalSteps).toBe(7);
  expect(scheduler({ num_epochs: null, max_steps: 23 }).totalSteps).toBe(23);
});

test('gradients are clipped at 1 by default, and not at all when the recipe says so', () => {
  expect(resolved({}).clip_grad_norm.max_norm).toBe(1);
  expect(resolved({ clip_grad_norm: { max_norm: null } }).clip_grad_norm.max_norm).toBeNull();
});

test('frozen weights are held as the recipe says: 4 bits, scales of 8 bits by default', () => {
  const format = (quantization: Recipe['quantization']): unknown =>
    quantizedFormat(resolved({ quantization }).quantization);
  expect(format(null)).toBeUndefined();
  expect(format({})).toBeUndefined();
  expect(format({ load_in_8bit: true })).toBe('int8');
  expect(format({ load_in_4bit: true })).toBe('nf4_double');
  expect(format({ load_in_4bit: true, bnb_4bit_use_double_quant: false })).toBe('nf4');
});
