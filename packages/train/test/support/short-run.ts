// Options of a run of six steps over five samples, what it says, and checkpoints that cost nothing.
import { BatchLoader } from '@automodel/data';
import {
  adamw,
  constantSchedule,
  StepScheduler,
  train,
  type PendingCheckpoint,
  type TrainEvent,
  type TrainOptions,
} from '@automodel/train';
import { raggedSamples, tinySession } from './tiny-session.js';

export function shortRun(overrides: Partial<TrainOptions> = {}): TrainOptions {
  const data = new BatchLoader({
    samples: raggedSamples(5),
    globalBatchSize: 2,
    localBatchSize: 1,
  });
  return {
    session: tinySession(),
    data,
    scheduler: new StepScheduler({ numEpochs: 2, ckptEverySteps: null }, data.batchesPerEpoch),
    schedule: constantSchedule(0.01, 0.01),
    optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }),
    maxNorm: 1,
    ...overrides,
  };
}

export const savedAt = (path: string): PendingCheckpoint => ({
  released: Promise.resolve(),
  published: Promise.resolve(path),
});

export async function eventsOf(run: TrainOptions): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of train(run)) events.push(event);
  return events;
}
