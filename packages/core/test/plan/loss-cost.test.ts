// What a plan counts for the fused loss: the product of the head's gradient is made only where
// somebody reads it, which with a frozen head (LoRA) nobody does.
import { expect, test } from 'vitest';
import { planGraph, runPasses, type PlanStep } from '../../src/index.js';
import { eliminateDead } from '../../src/passes/eliminate-dead.js';
import { fuseLoss } from '../../src/passes/fuse-loss.js';
import { tinyTraining } from '../passes/tiny-model.js';
import { kernelsFor } from './kernels.js';

const LOSS = 'linear_cross_entropy_with_gradient';

/** 6 tokens, width 8, vocabulary 10. */
const PRODUCT = 2 * 6 * 8 * 10;

function lossStep(frozenHead: boolean, optionalOutputs: readonly number[]): PlanStep {
  const frozen = (name: string): boolean => frozenHead && name === 'embed.weight';
  const graph = runPasses(tinyTraining({ frozen }), [fuseLoss, eliminateDead], { verify: true });
  const kernels = { ...kernelsFor(graph), [LOSS]: { optionalOutputs } };
  return planGraph(graph, { backend: 'test', kernels }).steps.find(({ op }) => op === LOSS)!;
}

test('a head that is trained takes three products', () => {
  expect(lossStep(false, [0, 1, 2, 3]).flops).toBe(3 * PRODUCT);
});

test('a frozen head takes two, and its gradient is not written', () => {
  const step = lossStep(true, [0, 1, 2, 3]);
  expect(step.flops).toBe(2 * PRODUCT);
  // x and dx, the weight, targets, scale and loss; token losses are not read either.
  expect(step.bytes).toBe(4 * (2 * 6 * 8 + 10 * 8 + 6 + 1 + 1));
  expect(step.outputs.map((ref) => ref !== null)).toEqual([true, false, true, false]);
});

test('a kernel that always writes the gradient makes its product', () => {
  expect(lossStep(true, []).flops).toBe(3 * PRODUCT);
});
