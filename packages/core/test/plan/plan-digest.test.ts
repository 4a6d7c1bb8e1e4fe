// Digests of plans: equal for equal plans, others for anything in which ranks could differ.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { allReduce, mul, planDigest, planFromJson, planToJson } from '../../src/index.js';
import { sha256 } from '../../src/plan/sha256.js';
import { planOf } from './plan-of.js';

const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 131) % 251);

test.each([0, 1, 55, 56, 63, 64, 119, 120, 1000])('SHA-256 of %i bytes', (length) => {
  const bytes = bytesOf(length);
  expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
});

test('SHA-256 of a part of a larger buffer', () => {
  const part = bytesOf(300).subarray(17, 250);
  expect(sha256(part)).toBe(createHash('sha256').update(part).digest('hex'));
});

describe('the digest of a plan', () => {
  const attrs = { axis: 'dp_replicate', ranks: 2 };
  const { plan } = planOf((t) => {
    const x = t.input('batch', 'x', [2, 4], 'f32');
    const [first] = allReduce([mul(x, 0.5)], attrs);
    const [second] = allReduce([mul(x, 2)], attrs);
    t.output('first', first!);
    t.output('second', second!);
  });
  const digest = planDigest(plan);

  test('is that of the same plan made elsewhere', () => {
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(planDigest(planFromJson(planToJson(plan)))).toBe(digest);
  });

  test('changes with the order of collectives, a wait, a lifetime and an attribute', () => {
    const [first, second] = plan.steps.flatMap(({ op }, i) => (op === 'all_reduce' ? [i] : []));
    const at = plan.steps.findIndex(({ waits }) => waits.length > 0);
    const step = plan.steps[at]!;
    const [buffer] = plan.buffers;
    const others = [
      {
        ...plan,
        steps: plan.steps.with(first!, plan.steps[second!]!).with(second!, plan.steps[first!]!),
      },
      { ...plan, steps: plan.steps.with(at, { ...step, waits: step.waits.slice(1) }) },
      { ...plan, buffers: plan.buffers.with(0, { ...buffer!, live: [0, 0] }) },
      { ...plan, steps: plan.steps.with(at, { ...step, attrs: { ...step.attrs, ranks: 3 } }) },
    ];
    expect(new Set([digest, ...others.map(planDigest)]).size).toBe(others.length + 1);
  });
});
