// A step whose updates follow their gradients gives the numbers of an ordinary step, bit for bit,
// and keeps no gradients.
import cpu from '@automodel/cpu-backend';
import type { Backend } from '@automodel/contracts';
import type { DType } from '@automodel/core';
import { buildMicroBatch, trainedTokensOf } from '@automodel/data';
import { singleProcess, type SessionOptions } from '@automodel/session';
import {
  adam,
  adamw,
  planRun,
  sgd,
  TrainingStep,
  type Optimizer,
  type TrainingOptions,
} from '@automodel/train';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import llama from '@automodel/models-llama';
import { droppingModel, raggedSamples, tinySession } from '../support/tiny-session.js';

let backend: Backend;
beforeAll(() => {
  backend = cpu.create({ threads: 2 });
});
afterAll(() => backend.close());

const model = (tie: boolean, hidden = 16) =>
  llama.create({
    model_type: 'llama',
    vocab_size: 61,
    hidden_size: hidden,
    intermediate_size: 2 * hidden,
    num_hidden_layers: 3,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    attention_bias: true,
    initializer_range: 0.2,
    tie_word_embeddings: tie,
  });
const samples = raggedSamples(6);
const micro = buildMicroBatch(samples, { token: 70, document: 6 });
const scale = 1 / samples.reduce((sum, sample) => sum + trainedTokensOf(sample), 0);
const betas = { betas: [0.9, 0.999], eps: 1e-8 } as const;

/** Losses, norms, weights and states of three steps. */
async function threeSteps(
  options: Partial<SessionOptions>,
  training: Omit<TrainingOptions, 'maxNorm'>,
): Promise<ReadonlyMap<string, unknown>> {
  await using session = tinySession(options, backend);
  const step = new TrainingStep(session, { ...training, maxNorm: Infinity });
  const results = new Map<string, unknown>();
  for (let i = 0; i < 3; i++) {
    await step.micro(micro, { scale, first: true, draw: { seed: 1, number: i } });
    results.set(`step ${i}`, await step.update(i + 1, 0.01, 0.1));
  }
  for (const { name } of session.parameters.all)
    results.set(name, await session.parameters.read(name));
  for (const name of await step.optimizerStates())
    results.set(
      name,
      await session.states.read(name, new Uint8Array(session.states.get(name).bytes)),
    );
  expect(session.states.names.some((name) => name.startsWith('gradient.'))).toBe(
    training.optimizerInBackward !== true,
  );
  return results;
}

describe('three steps have the bits of ordinary ones', () => {
  const cases: [string, Partial<SessionOptions>, Optimizer][] = [
    ['adamw', { model: model(false) }, adamw(betas)],
    ['tied embeddings', { model: model(true) }, adamw(betas)],
    ['bf16', { model: model(true), precision: 'bf16' }, adamw(betas)],
    ['bf16_pure', { model: model(true), precision: 'bf16_pure' }, adamw(betas)],
    ['adam with weight decay', { model: model(true) }, adam(betas)],
    ['sgd', { model: model(true) }, sgd({ momentum: 0.9, nesterov: true })],
    ['dropout', { model: droppingModel() }, sgd({ momentum: 0, nesterov: false })],
    ['frozen tables', { trainable: (name) => !name.includes('embed') }, adamw(betas)],
    ['no fusion', { model: model(true), fuse: false }, adamw(betas)],
    ['layers recomputed', { model: model(true), arenaBudgetBytes: 1 }, adamw(betas)],
  ];
  test.each(cases)('%s', async (_, options, optimizer) => {
    const plain = await threeSteps(options, { optimizer });
    const released = await threeSteps(options, { optimizer, optimizerInBackward: true });
    expect([...released.keys()]).toEqual([...plain.keys()]);
    expect(released).toEqual(plain);
  });
});

test('gradients of all layers never exist together', async () => {
  const options = {
    backend,
    model: model(false, 64),
    precision: 'f32',
    trainable: () => true,
    storedDType: (): DType => 'f32',
    capacity: { token: 16, document: 1 },
  } as const;
  const training = { optimizer: adamw(betas), maxNorm: Infinity };
  const plain = await planRun({ ...options, training });
  const released = await planRun({
    ...options,
    training: { ...training, optimizerInBackward: true },
  });
  expect([...released.programs.keys()]).toEqual(['step']);
  expect(released.trainedBytes).toBe(plain.report.memory.gradients);
  const { memory, programs } = released.report;
  expect(memory).toMatchObject({
    parameters: plain.report.memory.parameters,
    optimizer: plain.report.memory.optimizer,
    gradients: 0,
  });
  const arena = plain.report.programs[0]!.arenaBytes + plain.report.memory.gradients / 2;
  expect(programs[0]!.arenaBytes).toBeLessThan(arena);
});

describe('is refused', () => {
  const options = { optimizer: adamw(betas), optimizerInBackward: true };
  test('with clipping', async () => {
    await using session = tinySession({}, backend);
    expect(() => new TrainingStep(session, { ...options, maxNorm: 1 })).toThrow(
      'an optimizer in the backward pass cannot clip: the norm is known after the last update',
    );
  });

  test('in several processes', async () => {
    const mesh = { ...singleProcess.mesh, size: 2 };
    await using session = tinySession({ parallelism: { ...singleProcess, mesh } });
    expect(() => new TrainingStep(session, { ...options, maxNorm: Infinity })).toThrow(
      'an optimizer in the backward pass is for one process',
    );
  });

  test('for a second micro-batch, an update without one, and the gradients', async () => {
    await using session = tinySession({}, backend);
    const step = new TrainingStep(session, { ...options, maxNorm: Infinity });
    for (const part of [{ first: false }, { first: true, last: false }])
      await expect(step.micro(micro, { scale, ...part })).rejects.toThrow(
        'with the optimizer in the backward pass a step is one micro-batch',
      );
    await expect(step.update(1, 0, 0)).rejects.toThrow('there is no micro-batch to update from');
    expect(() => step.gradient('model.norm.weight')).toThrow('gradients are not kept');
  });
});
