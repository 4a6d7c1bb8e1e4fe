import cpu from '@automodel/cpu-backend';
import type { Backend } from '@automodel/contracts';
import type { DType } from '@automodel/core';
import { adamw, planRun } from '@automodel/train';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tinyModel, tinySession } from '../support/tiny-session.js';

let backend: Backend;
beforeAll(() => {
  backend = cpu.create({ threads: 2 });
});
afterAll(() => backend.close());

const training = { optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }), maxNorm: 1 };

test('plans every program of a run without weights; memory is what a session takes', async () => {
  const options = {
    backend,
    model: tinyModel(),
    precision: 'f32',
    trainable: (name: string) => name !== 'model.embed_tokens.weight',
    storedDType: (): DType => 'bf16',
    training,
    capacity: { token: 32, document: 2 },
  } as const;
  const { programs, report } = await planRun({
    ...options,
    validation: { token: 32, document: 2 },
    generationPositions: 40,
  });
  expect([...programs.keys()]).toEqual(['micro', 'update', 'evaluate', 'prefill', 'decode']);
  const trained = tinySession()
    .parameters.all.filter((p) => p.name !== 'model.embed_tokens.weight')
    .reduce((sum, p) => sum + p.buffer.bytes, 0);
  expect(report.memory).toMatchObject({
    parameters: trained + 61 * 16 * 2,
    gradients: trained,
    optimizer: 2 * trained,
  });
  // the loss sum; keys and values of 2 layers, 64 rows of one head of 8
  expect(report.memory.otherStates).toBe(4 + 2 * 2 * 64 * 8 * 4);
  const { peak, ...parts } = report.memory;
  expect(Object.values(parts).reduce((a, b) => a + b, 0)).toBe(peak);
  expect(report.programs[0]!.flops).toBeGreaterThan(0);
  expect(report.programs.every((p) => p.seconds > 0)).toBe(true);
});

test('a memory budget makes the plan smaller by recomputing layers', async () => {
  const options = {
    backend,
    model: tinyModel(),
    precision: 'f32',
    trainable: () => true,
    storedDType: (): DType => 'f32',
    training,
    capacity: { token: 64, document: 1 },
  } as const;
  const { report: plain } = await planRun(options);
  const { report: tight, programs } = await planRun({ ...options, arenaBudgetBytes: 1 });
  expect(tight.programs[0]!.arenaBytes).toBeLessThan(plain.programs[0]!.arenaBytes);
  expect(programs.get('micro')!.plan.steps.some((s) => s.phase === 'recompute')).toBe(true);
});
