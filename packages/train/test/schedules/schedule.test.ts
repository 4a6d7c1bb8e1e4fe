import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  constantSchedule,
  optimizerParamSchedule,
  type ScheduleOptions,
} from '../../src/schedules/schedule.js';

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/golden-lr.json'), 'utf8'),
) as { readonly lr: readonly number[] };
const base: ScheduleOptions = {
  lr: 1,
  weightDecay: 0.1,
  totalSteps: 100,
  initLr: 0,
  minLr: 0.2,
  lrWarmupSteps: 0,
};
const rate = (options: Partial<ScheduleOptions>, step: number): number =>
  optimizerParamSchedule({ ...base, ...options }).at(step).learningRate;

test('equals all 100 logged rates of NeMo Automodel’s golden run', () => {
  const schedule = optimizerParamSchedule({
    lr: 1e-5,
    weightDecay: 0,
    totalSteps: 100,
    lrWarmupSteps: 10,
    minLr: 1e-6,
  });
  expect(golden.lr).toHaveLength(100);
  golden.lr.forEach((expected, i) =>
    expect(Math.abs(schedule.at(i + 1).learningRate - expected)).toBeLessThan(2e-21),
  );
});

test('has NeMo’s defaults: a tenth of the steps warm up from 0.1 lr, cosine to 0.01 lr', () => {
  const schedule = optimizerParamSchedule({ lr: 2, weightDecay: 0.1, totalSteps: 50 });
  expect(schedule.at(0).learningRate).toBeCloseTo(0.2, 12);
  expect(schedule.at(5).learningRate).toBe(2);
  expect(schedule.at(50).learningRate).toBeCloseTo(0.02, 12);
  expect(schedule.at(51).learningRate).toBeCloseTo(0.02, 12);
  expect(
    optimizerParamSchedule({ lr: 1, weightDecay: 0, totalSteps: 50_000 }).at(1000).learningRate,
  ).toBe(1);
});

test('without a section, rates are constant', () => {
  expect(constantSchedule(3e-4, 0.05).at(17)).toEqual({ learningRate: 3e-4, weightDecay: 0.05 });
});

describe('styles', () => {
  test('linear', () => expect(rate({ lrDecayStyle: 'linear' }, 25)).toBeCloseTo(0.8, 12));
  test('cosine', () => expect(rate({ lrDecayStyle: 'cosine' }, 50)).toBeCloseTo(0.6, 12));
  test('constant after warm-up', () => {
    expect(rate({ lrDecayStyle: 'constant', lrWarmupSteps: 4 }, 1)).toBe(0.25);
    expect(rate({ lrDecayStyle: 'constant', lrWarmupSteps: 4 }, 99)).toBe(1);
  });
  test('inverse square root, not below min_lr', () => {
    expect(rate({ lrDecayStyle: 'inverse-square-root', lrWarmupSteps: 4 }, 16)).toBe(0.5);
    expect(rate({ lrDecayStyle: 'inverse-square-root', lrWarmupSteps: 1 }, 100)).toBe(0.2);
  });
  test('WSD is stable until its last decay', () => {
    const wsd = (style: ScheduleOptions['lrWsdDecayStyle'], step: number): number =>
      rate({ lrDecayStyle: 'WSD', wsdDecaySteps: 20, lrWsdDecayStyle: style }, step);
    expect(wsd('linear', 80)).toBe(1);
    expect(wsd('linear', 90)).toBeCloseTo(0.6, 12);
    expect(wsd('cosine', 90)).toBeCloseTo(0.6, 12);
    expect(wsd('exponential', 90)).toBeCloseTo(0.2 + 0.8 * (2 * Math.SQRT1_2 - 1), 12);
    expect(wsd('minus_sqrt', 85)).toBeCloseTo(0.6, 12);
    for (const style of ['linear', 'cosine', 'exponential', 'minus_sqrt'] as const)
      expect(wsd(style, 100)).toBeCloseTo(0.2, 12);
  });
});

test('weight decay grows linearly or along a cosine', () => {
  const decay = (style: ScheduleOptions['wdIncrStyle'], step: number): number =>
    optimizerParamSchedule({ ...base, startWd: 0, endWd: 1, wdIncrStyle: style }).at(step)
      .weightDecay;
  expect(decay('linear', 25)).toBe(0.25);
  expect(decay('cosine', 50)).toBeCloseTo(0.5, 12);
  expect(decay('linear', 200)).toBe(1);
});

test.each([
  [{ lrWarmupSteps: 100 }, /100 warm-up steps do not end before/],
  [{ minLr: 2 }, /must not be above max_lr 1/],
  [{ lrDecayStyle: 'WSD' }, /WSD needs wsd_decay_steps/],
  [{ endWd: 1 }, /cannot go from 0.1 to 1/],
] as const)('refuses %j', (options, message) => {
  expect(() => optimizerParamSchedule({ ...base, ...options })).toThrow(message);
});
