import { expect, test } from 'vitest';
import { availableMemory } from '../src/machine/available-memory.js';
import { memoryFinding } from '../src/check/check-memory.js';

test('a plan that fits is fine, one that nearly fills the memory is a warning', () => {
  const room = availableMemory().bytes + process.memoryUsage.rss();
  expect(memoryFinding(room / 2).level).toBe('ok');
  expect(memoryFinding(room * 0.95).level).toBe('warning');
  expect(memoryFinding(room * 2).level).toBe('error');
});

test('what the process holds already is counted once', () => {
  const held = new Uint8Array(2 ** 30).fill(1);
  const { bytes } = availableMemory();
  // the plan counts the gigabyte as well, which is not free any more
  const finding = memoryFinding(bytes + 2 ** 29);
  expect(finding.level).not.toBe('error');
  expect(held.at(-1)).toBe(1);
});
