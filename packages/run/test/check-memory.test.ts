import { expect, test } from 'vitest';
import { availableMemory } from '../src/machine/available-memory.js';
import { memoryFinding } from '../src/check/check-memory.js';
import type { RunPlan } from '../src/check/plan-recipe.js';

const planOf = (peak: number): Pick<RunPlan, 'report'> =>
  ({ report: { memory: { peak } } }) as unknown as Pick<RunPlan, 'report'>;

test('a plan that fits is fine, one that nearly fills the memory is a warning', () => {
  const room = availableMemory().bytes + process.memoryUsage.rss();
  expect(memoryFinding(planOf(room / 2)).level).toBe('ok');
  expect(memoryFinding(planOf(room * 0.95)).level).toBe('warning');
  expect(memoryFinding(planOf(room * 2)).level).toBe('error');
});

test('what the process holds already is counted once', () => {
  const held = new Uint8Array(2 ** 30).fill(1);
  const { bytes } = availableMemory();
  // the plan counts the gigabyte as well, which is not free any more
  const finding = memoryFinding(planOf(bytes + 2 ** 29));
  expect(finding.level).not.toBe('error');
  expect(held.at(-1)).toBe(1);
});
