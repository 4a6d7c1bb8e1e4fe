import { expect, test } from 'vitest';
import { EarlyStopping } from '@automodel/train';

const after = (losses: readonly number[], minDelta = 0): EarlyStopping => {
  const stopping = new EarlyStopping({ patience: 2, minDelta, set: 'default' });
  losses.forEach((loss, step) => stopping.observe('default', step, loss));
  return stopping;
};
const endsAfter = (losses: readonly number[], minDelta = 0): boolean =>
  after(losses, minDelta).endingAfter({ step: losses.length - 1, epoch: 0 }, 100) !== undefined;

test('ends after as many validations in a row without an improvement as it has patience', () => {
  expect(endsAfter([])).toBe(false);
  expect(endsAfter([2])).toBe(false);
  expect(endsAfter([2, 2])).toBe(false);
  expect(endsAfter([2, 3, 2])).toBe(true);
  expect(endsAfter([2, 3, 1, 3])).toBe(false);
});

test('a loss must be below the lowest by min_delta to be an improvement', () => {
  expect(endsAfter([2, 1.9, 1.8], 0.5)).toBe(true);
  expect(endsAfter([2, 1.9, 1.4], 0.5)).toBe(false);
});

test('other sets decide nothing, and the last step ends anyway', () => {
  const stopping = after([2, 3]);
  stopping.observe('other', 2, 9);
  expect(stopping.state).toEqual({ best: { step: 0, loss: 2 }, waited: 1 });
  expect(after([2, 3, 3]).endingAfter({ step: 2, epoch: 0 }, 3)).toBeUndefined();
  expect(after([2, 3, 3]).endingAfter({ step: 2, epoch: 1 }, 10)).toEqual({
    type: 'early-stopping',
    step: 2,
    epoch: 1,
    name: 'default',
    waited: 2,
    bestStep: 0,
    bestLoss: 2,
    stepsLeft: 7,
  });
});

test('goes on from its state', () => {
  const resumed = new EarlyStopping(after([2, 3]).options, after([2, 3]).state);
  resumed.observe('default', 2, 2.5);
  expect(resumed.endingAfter({ step: 2, epoch: 0 }, 100)?.bestStep).toBe(0);
});
