import { expect, test } from 'vitest';
import { lossesText } from '../src/checkpoints/losses-text.js';

test('losses.json holds the losses that are known', () => {
  const validationLosses = new Map([['default', 2.5]]);
  expect(lossesText({ trainLoss: 0, validationLosses })).toBe(
    '{"train_loss":0,"val_loss":{"default":2.5}}\n',
  );
  expect(lossesText({ trainLoss: undefined, validationLosses })).toBe(
    '{"val_loss":{"default":2.5}}\n',
  );
  expect(lossesText({ trainLoss: undefined, validationLosses: new Map() })).toBe(
    '{"val_loss":{}}\n',
  );
});
