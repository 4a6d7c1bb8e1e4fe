import cpu from '@automodel/cpu-backend';
import type { Backend } from '@automodel/contracts';
import { BatchLoader, buildMicroBatch } from '@automodel/data';
import { adamw, constantSchedule, StepScheduler, train, TrainingStep } from '@automodel/train';
import { type ModelSession } from '@automodel/session';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { raggedSamples, tinySession } from '../support/tiny-session.js';

let backend: Backend;
beforeAll(() => {
  backend = cpu.create({ threads: 2 });
});
afterAll(() => backend.close());

const samples = raggedSamples(6);

async function run(session: ModelSession): Promise<void> {
  const data = new BatchLoader({ samples, globalBatchSize: 6, localBatchSize: 2, shuffle: false });
  for await (const event of train({
    session,
    data,
    scheduler: new StepScheduler({ maxSteps: 1 }, data.batchesPerEpoch),
    schedule: constantSchedule(0.1, 0),
    optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }),
    maxNorm: 1,
  }))
    expect(event.type).not.toBe('step');
}

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
