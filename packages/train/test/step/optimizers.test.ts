// Adam and SGD with weight decay against their formulas in plain loops, and Adam against AdamW
// where the decay is zero.
import { buildMicroBatch, trainedTokensOf } from '@automodel/data';
import { expect, test } from 'vitest';
import { adam, adamw, sgd, TrainingStep, type Optimizer } from '@automodel/train';
import { raggedSamples, tinySession } from '../support/tiny-session.js';

const NAME = 'model.layers.0.mlp.down_proj.weight';
const options = { betas: [0.9, 0.99] as const, eps: 1e-8 };
const rate = 0.01;
const batch = buildMicroBatch(raggedSamples(6), { token: 60, document: 6 });

/** One parameter and its clipped gradient, before each of three updates and after the last. */
async function trained(
  optimizer: Optimizer,
  weightDecay: number,
): Promise<{ readonly values: Float32Array[]; readonly gradients: Float32Array[] }> {
  await using session = tinySession();
  const step = new TrainingStep(session, { optimizer, maxNorm: 0.5 });
  const scale = 1 / raggedSamples(6).reduce((sum, sample) => sum + trainedTokensOf(sample), 0);
  const { buffer } = session.parameters.get(NAME);
  const value = async (): Promise<Float32Array> => {
    const copy = new Float32Array(buffer.bytes / 4);
    await session.backend.download(buffer, 0, copy);
    return copy;
  };
  const [values, gradients]: [Float32Array[], Float32Array[]] = [[await value()], []];
  for (let i = 1; i <= 3; i++) {
    await step.micro(batch, { scale, first: true });
    const gradient = await step.gradient(NAME);
    const { gradientNorm } = await step.update(i, rate, weightDecay);
    gradients.push(gradient.map((g) => g * Math.min(1, 0.5 / (gradientNorm + 1e-6))));
    values.push(await value());
  }
  return { values, gradients };
}

test('Adam adds decay to the clipped gradient, before the moments', async () => {
  const decay = 0.3;
  const { values, gradients } = await trained(adam(options), decay);
  const [p, m, v] = [
    Float64Array.from(values[0]!),
    new Float64Array(values[0]!.length),
    new Float64Array(values[0]!.length),
  ];
  for (const [i, gradient] of gradients.entries()) {
    const step = i + 1;
    for (let j = 0; j < p.length; j++) {
      const g = gradient[j]! + decay * p[j]!;
      m[j] = 0.9 * m[j]! + 0.1 * g;
      v[j] = 0.99 * v[j]! + 0.01 * g * g;
      p[j] =
        p[j]! -
        (rate * (m[j]! / (1 - 0.9 ** step))) / (Math.sqrt(v[j]! / (1 - 0.99 ** step)) + 1e-8);
    }
    values[step]!.forEach((value, j) => expect(value).toBeCloseTo(p[j]!, 5));
  }
});

test('Adam equals AdamW without decay, and differs with it', async () => {
  const [without, same] = [await trained(adam(options), 0), await trained(adamw(options), 0)];
  without.values[3]!.forEach((value, j) => expect(value).toBeCloseTo(same.values[3]![j]!, 6));
  const [coupled, decoupled] = [
    (await trained(adam(options), 0.3)).values[3]!,
    (await trained(adamw(options), 0.3)).values[3]!,
  ];
  expect(Math.max(...coupled.map((value, j) => Math.abs(value - decoupled[j]!)))).toBeGreaterThan(
    1e-3,
  );
});

test.each([false, true])('SGD keeps its momentum, Nesterov %s', async (nesterov) => {
  const decay = 0.3;
  const { values, gradients } = await trained(sgd({ momentum: 0.9, nesterov }), decay);
  const p = Float64Array.from(values[0]!);
  const momentum = new Float64Array(p.length);
  for (const [i, gradient] of gradients.entries()) {
    for (let j = 0; j < p.length; j++) {
      const g = gradient[j]! + decay * p[j]!;
      momentum[j] = 0.9 * momentum[j]! + g;
      p[j] = p[j]! - rate * (nesterov ? g + 0.9 * momentum[j]! : momentum[j]!);
    }
    values[i + 1]!.forEach((value, j) => expect(value).toBeCloseTo(p[j]!, 5));
  }
});
