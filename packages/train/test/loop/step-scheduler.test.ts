import { expect, test } from 'vitest';
import { StepScheduler } from '@automodel/train';

const steps = (
  scheduler: StepScheduler,
  asks: (step: number, lastOfEpoch: boolean) => boolean,
): number[] =>
  Array.from({ length: scheduler.totalSteps }, (_, i) => i).filter((i) =>
    asks(i, (i + 1) % scheduler.stepsPerEpoch === 0),
  );

test('ends at max_steps or with the last epoch, whichever comes first', () => {
  expect(new StepScheduler({}, 7).totalSteps).toBe(70);
  expect(new StepScheduler({ numEpochs: 3, maxSteps: 10 }, 7).totalSteps).toBe(10);
  expect(new StepScheduler({ numEpochs: 1, maxSteps: 10 }, 7).totalSteps).toBe(7);
  expect(new StepScheduler({ numEpochs: null, maxSteps: 15 }, 7).totalSteps).toBe(15);
  expect(new StepScheduler({ numEpochs: null }, 7).totalSteps).toBe(70);
});

test('saves at step N-1 of every N, at the end of epochs and at the last step', () => {
  const every = new StepScheduler(
    { numEpochs: null, maxSteps: 11, ckptEverySteps: 4, saveCheckpointEveryEpoch: false },
    5,
  );
  expect(steps(every, (s, e) => every.savesAfter(s, e))).toEqual([3, 7, 10]);
  const epochs = new StepScheduler({ numEpochs: 2, ckptEverySteps: 4 }, 5);
  expect(steps(epochs, (s, e) => epochs.savesAfter(s, e))).toEqual([3, 4, 7, 9]);
  const once = new StepScheduler(
    { numEpochs: 2, ckptEverySteps: null, saveCheckpointEveryEpoch: false },
    5,
  );
  expect(steps(once, (s, e) => once.savesAfter(s, e))).toEqual([4, 9]);
});

test('validates at its own steps and whenever it saves', () => {
  const scheduler = new StepScheduler({ numEpochs: 2, ckptEverySteps: 100, valEverySteps: 3 }, 5);
  expect(steps(scheduler, (s, e) => scheduler.validatesAfter(s, e))).toEqual([2, 4, 5, 8, 9]);
  const never = new StepScheduler(
    { numEpochs: 1, valEverySteps: 0, saveCheckpointEveryEpoch: false },
    5,
  );
  expect(steps(never, (s, e) => never.validatesAfter(s, e))).toEqual([4]);
});
