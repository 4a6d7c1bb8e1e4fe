import process from 'node:process';
import { expect, test } from 'vitest';
import { ownBytes } from '../../src/estimate/own-bytes.js';
import { PeakMemory } from '../../src/metrics/peak-memory.js';
import { mirroredHost } from '@automodel/session';

test.skipIf(process.platform !== 'linux')('shared memory counts as what the process holds', () => {
  const shared = 2 ** 44; // no resident memory is as large
  const own = ownBytes({ sharedBytes: shared });
  expect(own).toBeGreaterThan(shared);
  expect(own).toBeLessThan(shared + 2 ** 40);
  expect(ownBytes({})).toBeLessThan(2 ** 40);
});

test('the highest peak is that of all processes', async () => {
  using memory = new PeakMemory({});
  const own = await memory.highest(mirroredHost({ size: 1, rank: 0 }));
  expect(own).toBeGreaterThanOrEqual(memory.take() * 2 ** 30);
  const host = {
    ...mirroredHost({ size: 2, rank: 0 }),
    exchange: (text: string) => Promise.resolve([text, String(2 ** 44)]),
  };
  expect(await memory.highest(host)).toBe(2 ** 44);
});
