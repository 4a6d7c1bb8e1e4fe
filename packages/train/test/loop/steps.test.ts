// The parts of each step of the loop: the rates that its update gets, what its micro-batches draw,
// and validation over all micro-batches.
import { BatchLoader, buildMicroBatch, trainedTokensOf, type Sample } from '@automodel/data';
import { describe, expect, test, vi } from 'vitest';
import {
  adamw,
  optimizerParamSchedule,
  sgd,
  StepScheduler,
  train,
  TrainingStep,
  validate,
  validationData,
  type MicroOptions,
  type Optimizer,
  type StepEvent,
  type TrainOptions,
} from '@automodel/train';
import { droppingModel, raggedSamples, tinySession } from '../support/tiny-session.js';

const plain = sgd({ momentum: 0, nesterov: false });

function options(overrides: Partial<TrainOptions> = {}): TrainOptions {
  const data = new BatchLoader({
    samples: raggedSamples(6),
    globalBatchSize: 2,
    localBatchSize: 1,
  });
  const steps = { numEpochs: null, maxSteps: 3, saveCheckpointEveryEpoch: false };
  return {
    session: tinySession(),
    data,
    scheduler: new StepScheduler(steps, data.batchesPerEpoch),
    schedule: { at: () => ({ learningRate: 0.1, weightDecay: 0 }) },
    optimizer: plain,
    maxNorm: Infinity,
    ...overrides,
  };
}

async function run(training: TrainOptions): Promise<void> {
  for await (const event of train(training)) expect(event.type).not.toBe('checkpoint-failed');
}

describe('the update', () => {
  const schedule = optimizerParamSchedule({
    lr: 0.1,
    initLr: 0,
    lrWarmupSteps: 2,
    totalSteps: 4,
    weightDecay: 0.5,
    startWd: 0,
    endWd: 0.5,
    wdIncrStyle: 'linear',
  });

  test('gets its number and the rates of the steps done before it', async () => {
    const asked: (readonly number[])[] = [];
    const optimizer: Optimizer = {
      ...adamw({ betas: [0.9, 0.99], eps: 1e-8 }),
      scalarValues: (...args) => {
        asked.push(args);
        return adamw({ betas: [0.9, 0.99], eps: 1e-8 }).scalarValues(...args);
      },
    };
    await run(options({ schedule, optimizer }));
    const rates = [0, 1, 2].map((done) => {
      const { learningRate, weightDecay } = schedule.at(done);
      return [done + 1, learningRate, weightDecay];
    });
    expect(asked).toEqual(rates);
    expect(new Set(asked.flat()).size).toBeGreaterThan(6);
  });

  test('changes nothing in a first step whose warm-up starts from 0', async () => {
    const session = tinySession();
    const names = session.parameters.all.map(({ name }) => name);
    const weights = (): Promise<Float32Array[]> =>
      Promise.all(names.map((name) => session.parameters.read(name)));
    const [before, after]: Float32Array[][] = [await weights()];
    const seen = [after, after];
    for await (const event of train(options({ session, schedule })))
      if (event.type === 'step' && event.step < 2) seen[event.step] = await weights();
    expect(seen[0]).toEqual(before);
    expect(seen[1]).not.toEqual(before);
  });
});

describe('dropout', () => {
  const same: Sample[] = Array.from({ length: 6 }, () => raggedSamples(1)[0]!);
  const data = (): BatchLoader =>
    new BatchLoader({ samples: same, globalBatchSize: 2, localBatchSize: 1 });

  test('draws anew in each micro-batch of a run, from the seed', async () => {
    const draws: MicroOptions['draw'][] = [];
    const restore = (training: TrainingStep): Promise<void> => {
      const micro = training.micro.bind(training);
      vi.spyOn(training, 'micro').mockImplementation((batch, settings) => {
        draws.push(settings.draw);
        return micro(batch, settings);
      });
      return Promise.resolve();
    };
    await run(options({ data: data(), seed: 7, restore }));
    expect(draws.map((draw) => draw?.seed)).toEqual(new Array(6).fill(7));
    expect(new Set(draws.map((draw) => draw?.number)).size).toBe(6);
  });

  test('depends on the seed and the number of the draw, and on nothing else', async () => {
    await using session = tinySession({ model: droppingModel() });
    const training = new TrainingStep(session, { optimizer: plain, maxNorm: Infinity });
    const batch = buildMicroBatch(same.slice(0, 1), { token: 12, document: 1 });
    const loss = async (draw: MicroOptions['draw']): Promise<number> => {
      await training.micro(batch, { scale: 1, first: true, draw });
      return (await training.update(1, 0, 0)).loss;
    };
    const first = await loss({ seed: 1, number: 0 });
    expect(await loss({ seed: 1, number: 1 })).not.toBe(first);
    expect(await loss({ seed: 2, number: 0 })).not.toBe(first);
    expect(await loss({ seed: 1, number: 0 })).toBe(first);
  });
});

test('validation is the same however its batches are cut', async () => {
  await using session = tinySession();
  const trained = raggedSamples(5).reduce((sum, sample) => sum + trainedTokensOf(sample), 0);
  const losses: number[] = [];
  for (const [globalBatchSize, localBatchSize] of [
    [5, 1],
    [6, 2],
    [5, 5],
    [2, 1],
    [2, 2],
  ] as const) {
    const loader = new BatchLoader({
      samples: raggedSamples(5),
      globalBatchSize,
      localBatchSize,
      shuffle: false,
    });
    const result = await validate(session, validationData(loader));
    expect(result?.trainedTokens).toBe(trained);
    losses.push(result?.loss ?? NaN);
  }
  for (const loss of losses) expect(Math.abs(loss / losses[0]! - 1)).toBeLessThan(1e-6);
});

test('a step has the mean loss of its trained tokens, however its batch is cut', async () => {
  const loader = (localBatchSize: number): BatchLoader =>
    new BatchLoader({
      samples: raggedSamples(6),
      globalBatchSize: 6,
      localBatchSize,
      shuffle: false,
    });
  const untrained = await validate(tinySession(), validationData(loader(6)));
  const steps: StepEvent[] = [];
  for (const localBatchSize of [1, 2, 6]) {
    const events = train(options({ data: loader(localBatchSize) }));
    for await (const event of events)
      if (event.type === 'step' && event.step === 0) steps.push(event);
  }
  expect(steps).toHaveLength(3);
  for (const { loss, gradientNorm } of steps) {
    expect(loss).toBeCloseTo(untrained?.loss ?? NaN, 5);
    expect(gradientNorm).toBeCloseTo(steps[0]?.gradientNorm ?? NaN, 5);
  }
});
