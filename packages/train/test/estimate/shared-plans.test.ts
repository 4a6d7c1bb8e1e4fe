// Estimates of a run that several processes share: what a step counts, and what a budget leaves.
import { sizeOf } from '@automodel/core';
import type { Interceptor, ParameterRecord } from '@automodel/contracts';
import { parameterRecords } from '@automodel/session';
import { expect, test } from 'vitest';
import { arenaBudget, perStep, trafficPerStep, type PlannedProgramCost } from '../../src/index.js';
import { tinyModel } from '../support/tiny-session.js';

const program = (name: string, bytes: number): PlannedProgramCost => ({
  name,
  flops: 1,
  seconds: 1,
  exposedSeconds: 0,
  arenaBytes: 0,
  steps: 1,
  byOp: [],
  collectives: [{ op: 'all_reduce', axis: 'dp_replicate', ranks: 2, calls: 1, bytes }],
});
const PROGRAMS = [
  program('micro', 1),
  program('micro last', 10),
  program('update', 100),
  program('evaluate', 1000),
];

test('the program that completes a step runs in place of the last micro-batch', () => {
  expect(perStep(PROGRAMS, 4, () => 1)).toBe(5);
  expect(perStep(PROGRAMS.slice(0, 1), 4, () => 1)).toBe(4);
  expect(trafficPerStep(PROGRAMS, 4)).toEqual([
    { op: 'all_reduce', axis: 'dp_replicate', ranks: 2, calls: 5, bytes: 3 + 10 + 100 },
  ]);
  expect(trafficPerStep(PROGRAMS, 1)).toMatchObject([{ calls: 2, bytes: 110 }]);
});

test('gradients that are whole until the end of a step are no room for activations', () => {
  const held = (record: ParameterRecord) => ({ shape: record.shape, boxes: () => [] });
  const whole: Interceptor = {
    placement: (record) => ({ ...held(record), unreduced: record.shape }),
  };
  const model = tinyModel();
  const left = (interceptors: readonly Interceptor[]): number =>
    arenaBudget(10e9, {
      model,
      precision: 'f32',
      trainable: () => true,
      storedDType: () => 'f32',
      interceptors,
      optimizerStates: 2,
    });
  const elements = parameterRecords(model, []).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  expect(left([{ placement: held }]) - left([whole])).toBe(4 * elements);
});
