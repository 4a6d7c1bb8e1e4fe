import { buildMicroBatch, trainedTokensOf, type Sample } from '@automodel/data';
import { expect, test } from 'vitest';
import { adamw, TrainingStep } from '@automodel/train';
import { type ModelSession } from '@automodel/session';
import { raggedSamples, tinySession } from '../support/tiny-session.js';

const samples = raggedSamples(8);
const trained = samples.reduce((sum, s) => sum + trainedTokensOf(s), 0);

interface Sums {
  readonly loss: number;
  readonly norm: number;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** Loss and gradients of the same samples cut into these micro-batches. */
async function sums(
  groups: readonly (readonly Sample[])[],
  capacity: { token: number; document: number },
): Promise<Sums> {
  const session: ModelSession = tinySession();
  const step = new TrainingStep(session, {
    optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }),
    maxNorm: 1,
  });
  for (const [i, group] of groups.entries())
    await step.micro(buildMicroBatch(group, capacity), { scale: 1 / trained, first: i === 0 });
  const gradients = new Map<string, Float32Array>();
  for (const { name } of session.parameters.all) gradients.set(name, await step.gradient(name));
  const { loss, gradientNorm: norm } = await step.update(1, 0, 0);
  const squares = [...gradients.values()].flatMap((gradient) => [...gradient.map((g) => g * g)]);
  expect(norm).toBeCloseTo(Math.sqrt(squares.reduce((sum, square) => sum + square, 0)), 5);
  return { loss, norm, gradients };
}

function expectEqual(a: Sums, b: Sums): void {
  expect(Math.abs(a.loss / b.loss - 1)).toBeLessThan(1e-6);
  expect(Math.abs(a.norm / b.norm - 1)).toBeLessThan(1e-6);
  for (const [name, gradient] of a.gradients) {
    const other = b.gradients.get(name)!;
    const largest = Math.max(...other.map(Math.abs));
    gradient.forEach((g, i) => expect(Math.abs(g - other[i]!), name).toBeLessThan(1e-6 * largest));
  }
}

test('eight micro-batches of one document and one of eight give the same gradients', async () => {
  const single = await sums(
    samples.map((s) => [s]),
    { token: 12, document: 1 },
  );
  expect(single.loss).toBeGreaterThan(1);
  expectEqual(single, await sums([samples], { token: 80, document: 8 }));
});

test(
  'packed documents do not see their neighbours, whatever shares a pack or follows in its ' +
    'unused tail',
  async () => {
    const packs = [
      [samples[3]!, samples[0]!, samples[6]!],
      [samples[1]!],
      [samples[7]!, samples[2]!],
      [samples[5]!, samples[4]!],
      [],
    ];
    expectEqual(
      await sums(
        samples.map((s) => [s]),
        { token: 12, document: 1 },
      ),
      await sums(packs, { token: 32, document: 4 }),
    );
  },
);
