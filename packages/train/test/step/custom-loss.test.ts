import { gather, logSoftmax, mul, neg, reshape, sum, type Tensor } from '@automodel/core';
import { buildMicroBatch, trainedTokensOf } from '@automodel/data';
import { adamw, TrainingStep, type LossFunction, type LossInputs } from '@automodel/train';
import { expect, test } from 'vitest';
import { raggedSamples, tinySession } from '../support/tiny-session.js';

const samples = raggedSamples(4);
const trained = samples.reduce((sum, sample) => sum + trainedTokensOf(sample), 0);

/** The cross entropy, written out in ops. */
function written({ logits, targets }: LossInputs): Tensor {
  const [tokens] = targets.shape as [number];
  return neg(
    reshape(gather(logSoftmax(logits, 1), 1, reshape(targets, [tokens, 1]).to('i64')), [tokens]),
  );
}

const stepWith = (loss: LossFunction | undefined, session = tinySession()): TrainingStep =>
  new TrainingStep(session, {
    optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }),
    maxNorm: Infinity,
    loss,
  });

async function oneStep(
  loss: LossFunction | undefined,
  groups: readonly (typeof samples)[],
  session = tinySession(),
): Promise<[loss: number, norm: number]> {
  const step = stepWith(loss, session);
  for (const [i, group] of groups.entries())
    await step.micro(buildMicroBatch(group, { token: 48, document: 4 }), {
      scale: 1 / trained,
      first: i === 0,
    });
  const result = await step.update(1, 0, 0);
  return [result.loss, result.gradientNorm];
}

test(
  'the cross entropy written by hand gives the loss and gradients of the built-in one, however ' +
    'the batch is cut',
  async () => {
    const [loss, norm] = await oneStep(undefined, [samples]);
    for (const groups of [[samples], samples.map((sample) => [sample])]) {
      const [own, ownNorm] = await oneStep(written, groups);
      expect(Math.abs(own / loss - 1)).toBeLessThan(1e-6);
      expect(Math.abs(ownNorm / norm - 1)).toBeLessThan(1e-5);
    }
  },
);

test('two losses over one session are two programs', async () => {
  const session = tinySession();
  const [loss] = await oneStep(written, [samples], session);
  const [doubled] = await oneStep((inputs) => mul(written(inputs), 2), [samples], session);
  expect(doubled / loss).toBeCloseTo(2, 6);
});

test.each<[string, LossFunction, string]>([
  [
    'a sum',
    function total(inputs: LossInputs) {
      return sum(written(inputs));
    },
    'bad-shape loss total returns f32[], expected f32[48]',
  ],
  [
    'another dtype',
    function halved(inputs: LossInputs) {
      return written(inputs).to('bf16');
    },
    'bad-shape loss halved returns bf16[48], expected f32[48]',
  ],
  [
    'no tensor',
    function nothing() {
      return undefined as unknown as Tensor;
    },
    'bad-argument loss nothing returns no tensor',
  ],
  [
    'no gradient',
    function constant({ targets }: LossInputs) {
      return targets.to('f32');
    },
    'bad-graph loss constant depends on no trained parameter',
  ],
  [
    'shapes that do not fit',
    function wrong({ logits, targets }: LossInputs) {
      return mul(logits, targets.to('f32'));
    },
    'in loss wrong',
  ],
])('a loss that returns %s is refused by name', async (_, loss, expected) => {
  const micro = async (): Promise<unknown> =>
    stepWith(loss).micro(buildMicroBatch(samples, { token: 48, document: 4 }), {
      scale: 1,
      first: true,
    });
  const message = await micro().then(
    () => 'accepted',
    (error: Error & { code?: string }) => `${String(error.code)} ${error.message}`,
  );
  expect(message).toContain(expected);
});
