// What a run says and does in which order: steps, validations, saves, metrics, the plan.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchLoader } from '@automodel/data';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  MetricsFile,
  optimizerParamSchedule,
  StepScheduler,
  train,
  validationData,
  type PendingCheckpoint,
} from '@automodel/train';
import { eventsOf, savedAt, shortRun } from '../support/short-run.js';
import { raggedSamples, tinySession } from '../support/tiny-session.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'train-'));
});
afterAll(() => rm(folder, { recursive: true }));

test(
  'tells the plan, steps with incomplete last groups, validation and saves at the ends of ' +
    'epochs, and the end',
  async () => {
    const validation = new Map([
      [
        'default',
        validationData(
          new BatchLoader({
            samples: raggedSamples(3),
            globalBatchSize: 2,
            localBatchSize: 2,
            shuffle: false,
          }),
        ),
      ],
    ]);
    const saved: string[] = [];
    const events = await eventsOf(
      shortRun({
        validation,
        saveCheckpoint: ({ step, epoch, last, validationLosses }) => {
          saved.push(
            `epoch_${epoch}_step_${step} ${last ? 'last' : ''} ` +
              `${[...validationLosses.keys()].join()}`,
          );
          return Promise.resolve(savedAt(`epoch_${epoch}_step_${step}`));
        },
      }),
    );
    expect(events.map((e) => e.type).join(' ')).toBe(
      'plan step step step validation checkpoint-saved ' +
        'step step step validation checkpoint-saved ' +
        'done',
    );
    expect(saved).toEqual(['epoch_0_step_2  default', 'epoch_1_step_5 last default']);
    const steps = events.filter((e) => e.type === 'step');
    expect(steps.map((e) => [e.step, e.epoch])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 1],
      [4, 1],
      [5, 1],
    ]);
    const samples = raggedSamples(5);
    expect(steps.slice(0, 3).reduce((sum, e) => sum + e.tokens, 0)).toBe(
      samples.reduce((sum, s) => sum + s.inputIds.length, 0),
    );
    expect(steps[5]!.loss).toBeLessThan(steps[0]!.loss);
    const [first, second] = events.filter((e) => e.type === 'validation');
    expect(second!.loss).toBeLessThan(first!.loss);
    expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'finished', steps: 6 });
  },
);

test('writes metrics under NeMo’s names, with the rate after the scheduler’s step', async () => {
  const path = join(folder, 'metrics.jsonl');
  const run = shortRun({
    schedule: optimizerParamSchedule({ lr: 1e-2, weightDecay: 0, totalSteps: 6, lrWarmupSteps: 2 }),
  });
  {
    await using metrics = await MetricsFile.open(path);
    await eventsOf({ ...run, metrics });
  }
  const lines = (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toHaveLength(6);
  expect(Object.keys(lines[0]!)).toEqual([
    'step',
    'epoch',
    'loss',
    'grad_norm',
    'lr',
    'mem',
    'tps',
    'tps_per_gpu',
    'num_tokens_per_step',
    'num_label_tokens',
    'data_wait_ms',
    'timestamp',
  ]);
  expect(lines[0]!['lr']).toBeCloseTo(5.5e-3, 12);
  expect(lines[1]!['lr']).toBeCloseTo(1e-2, 12);
});

test('weights wait for the checkpoint that reads them, and the wait is reported', async () => {
  const order: string[] = [];
  const run = shortRun({
    scheduler: new StepScheduler(
      { numEpochs: null, maxSteps: 3, ckptEverySteps: 1, saveCheckpointEveryEpoch: false },
      3,
    ),
    saveCheckpoint: async ({ step, training }) => {
      const before = await training.updateProgram();
      const released = new Promise<void>((resolve) =>
        setTimeout(() => (order.push(`released ${step}`), resolve()), 50),
      );
      expect(before).toBeDefined();
      return { released, published: released.then(() => `step_${step}`) };
    },
  });
  let waited = 0;
  for await (const event of train(run)) {
    order.push(event.type === 'step' ? `step ${event.step}` : event.type);
    if (event.type === 'checkpoint-saved') waited += event.waitSeconds;
    if (event.type === 'done') expect(event.saveWaitSeconds).toBe(waited);
  }
  expect(waited).toBeGreaterThan(0);
  expect(order.join(', ')).toBe(
    'plan, step 0, released 0, step 1, checkpoint-saved, released 1, step 2, checkpoint-saved, ' +
      'released 2, checkpoint-saved, done',
  );
});

test('a failed checkpoint is reported and training goes on; the last must be written', async () => {
  const failing = (step: number): PendingCheckpoint => ({
    released: Promise.resolve(),
    published: Promise.reject(new Error(`no space for ${step}`)),
  });
  const scheduler = new StepScheduler(
    { numEpochs: null, maxSteps: 3, ckptEverySteps: 1, saveCheckpointEveryEpoch: false },
    3,
  );
  const events: string[] = [];
  const run = async (): Promise<void> => {
    for await (const event of train(
      shortRun({ scheduler, saveCheckpoint: ({ step }) => Promise.resolve(failing(step)) }),
    ))
      events.push(event.type);
  };
  await expect(run()).rejects.toThrow('no space for 2');
  expect(events).toEqual([
    'plan',
    'step',
    'checkpoint-failed',
    'step',
    'checkpoint-failed',
    'step',
  ]);
});

test('a checkpoint whose links fail is reported as saved, with the problem', async () => {
  const pending = (): PendingCheckpoint => ({
    ...savedAt('there'),
    tidied: Promise.reject(new Error('no link')),
  });
  const events = await eventsOf(shortRun({ saveCheckpoint: () => Promise.resolve(pending()) }));
  expect(events.filter(({ type }) => type.startsWith('checkpoint'))).toEqual(
    [0, 1].map((epoch) => ({
      type: 'checkpoint-saved',
      step: 3 * epoch + 2,
      epoch,
      path: 'there',
      waitSeconds: expect.any(Number) as number,
      problem: new Error('no link'),
    })),
  );
});

test('the report predicts memory by purpose', async () => {
  const [plan] = await eventsOf(shortRun());
  const session = tinySession();
  const weights = session.parameters.all.reduce((sum, p) => sum + p.buffer.bytes, 0);
  expect(plan).toMatchObject({
    type: 'plan',
    totalSteps: 6,
    report: { memory: { parameters: weights, gradients: weights, optimizer: 2 * weights } },
  });
});
