// A stop follows its signal, and its error names what was stopped.
import { expect, test } from 'vitest';
import { Stop } from '@automodel/train';

test('a stop is requested when its signal is aborted, and never without one', () => {
  const controller = new AbortController();
  const stop = new Stop(controller.signal);
  expect(stop.requested).toBe(false);
  stop.throwIfRequested('the evaluation');
  controller.abort();
  expect(stop.requested).toBe(true);
  expect(() => stop.throwIfRequested('the evaluation')).toThrow('the evaluation was stopped');
  expect(new Stop().requested).toBe(false);
});
