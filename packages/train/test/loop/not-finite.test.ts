import cpu from '@automodel/cpu-backend';
import type { Backend } from '@automodel/contracts';
import { BatchLoader, buildMicroBatch } from '@automodel/data';
import { add, mul, sum, type AutomodelError } from '@automodel/core';
import {
  adamw,
  constantSchedule,
  StepScheduler,
  train,
  TrainingStep,
  type LossFunction,
  type TrainOptions,
} from '@automodel/train';
import { type ModelSession } from '@automodel/session';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { raggedSamples, tinySession } from '../support/tiny-session.js';

let backend: Backend;
beforeAll(() => {
  backend = cpu.create({ threads: 2 });
});
afterAll(() => backend.close());

const samples = raggedSamples(6);

async function run(session: ModelSession, training: Partial<TrainOptions> = {}): Promise<void> {
  const localBatchSize = training.optimizerInBackward === true ? 6 : 2;
  const data = new BatchLoader({ samples, globalBatchSize: 6, localBatchSize, shuffle: false });
  for await (const event of train({
    session,
    data,
    scheduler: new StepScheduler({ maxSteps: 1 }, data.batchesPerEpoch),
    schedule: constantSchedule(0.1, 0),
    optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }),
    maxNorm: 1,
    ...training,
  }))
    expect(event.type).not.toBe('step');
}

const failureOf = async (run: Promise<void>): Promise<AutomodelError> =>
  run.then(
    () => expect.unreachable('the run ended'),
    (error: AutomodelError) => error,
  );

/** Overwrites one row of a matrix of 16 columns. */
function setRow(session: ModelSession, name: string, row: number, value: number): void {
  session.backend.upload(
    session.parameters.get(name).buffer,
    row * 16 * 4,
    new Float32Array(16).fill(value),
  );
}

test(
  'a value that is not finite stops the run, named with its module and row; no weight is ' +
    'touched',
  async () => {
    await using session = tinySession({}, backend);
    const id = samples[4]!.inputIds.find(
      (candidate) => !samples.some((other, i) => i !== 4 && other.inputIds.includes(candidate)),
    )!;
    setRow(session, 'model.embed_tokens.weight', id, NaN);
    const before = await session.parameters.read('model.layers.1.mlp.down_proj.weight');
    await expect(run(session)).rejects.toThrow(
      new RegExp(
        '^step 0: loss is NaN; the first value that is not finite is NaN in embedding of ' +
          String.raw`model\.embed_tokens \(forward\), element \d+, in train\.jsonl:5$`,
      ),
    );
    expect(await session.parameters.read('model.layers.1.mlp.down_proj.weight')).toEqual(before);
  },
);

test('a scan does not see what an earlier step left in the gradients', async () => {
  await using session = tinySession({}, backend);
  const training = new TrainingStep(session, {
    optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }),
    maxNorm: 1,
  });
  const micro = buildMicroBatch(samples, { token: 70, document: 6 });
  await training.micro(micro, { scale: 1, first: true });
  const names = [...session.states.names];
  for (const buffer of names.map((name) => session.states.get(name)))
    session.backend.upload(buffer, 0, new Uint8Array(buffer.bytes).fill(0xff));
  const { nonFinite } = await training.micro(micro, { scale: 1, first: true, scan: true });
  expect(names).toContain('gradient.model.embed_tokens.weight');
  expect(nonFinite).toBeUndefined();
});

test('an overflow deep in the model is named where it happens, not where it surfaces', async () => {
  await using session = tinySession({}, backend);
  setRow(session, 'model.layers.1.mlp.up_proj.weight', 3, 3e38);
  await expect(run(session)).rejects.toThrow(
    new RegExp(
      String.raw` of model\.layers\.1\.mlp(\.up_proj|\.act_fn|\.down_proj)? \(forward\), ` +
        String.raw`element \d+, in train\.jsonl:\d$`,
    ),
  );
});

describe('with the optimizer in the backward pass', () => {
  const inBackward = { maxNorm: Infinity, optimizerInBackward: true };
  const weightsOf = async (session: ModelSession): Promise<ReadonlyMap<string, Float32Array>> => {
    const names = session.parameters.all.map(({ name }) => name);
    return new Map(
      await Promise.all(
        names.map(async (name) => [name, await session.parameters.read(name)] as const),
      ),
    );
  };

  test.each<[string, number, LossFunction | undefined]>([
    ['and gradients neither', 3e38, undefined],
    ['but gradients are', 1, ({ logits }) => add(sum(mul(logits, logits), [1]), NaN)],
  ])('nothing is written if the loss is not finite, %s', async (_, weight, loss) => {
    await using session = tinySession({}, backend);
    setRow(session, 'model.layers.1.mlp.up_proj.weight', 3, weight);
    const before = await weightsOf(session);
    const { message, hint } = await failureOf(run(session, { ...inBackward, loss }));
    expect(message).toMatch(/loss is NaN; the first value that is not finite is .* \(forward\)/);
    expect(hint).toContain('this step wrote nothing');
    expect(await weightsOf(session)).toEqual(before);
  });

  test('a parameter whose gradient is not finite keeps its value, others may change', async () => {
    await using session = tinySession({}, backend);
    // a large activation that no weight reads: only the gradient of those weights overflows
    const down = 'model.layers.1.mlp.down_proj.weight';
    setRow(session, 'model.layers.1.mlp.up_proj.weight', 3, 1e36);
    const unread = (await session.parameters.read(down)).map((w, i) => (i % 24 === 3 ? 0 : w));
    session.parameters.write(down, unread);
    const before = await weightsOf(session);
    const loss: LossFunction = ({ logits }) => mul(sum(mul(logits, logits), [1]), 1e8);
    const { message, hint } = await failureOf(run(session, { ...inBackward, loss }));
    expect(message).toMatch(
      /gradient norm is (NaN|Infinity); .* of model\.layers\.1\.mlp\.down_proj \(backward\)/,
    );
    expect(hint).toContain('go on from the last checkpoint');
    const after = await weightsOf(session);
    expect(after.get(down)).toEqual(before.get(down));
    expect(after.get('lm_head.weight')).not.toEqual(before.get('lm_head.weight'));
    for (const [name, values] of after) expect(values.every(Number.isFinite), name).toBe(true);
  });
});
