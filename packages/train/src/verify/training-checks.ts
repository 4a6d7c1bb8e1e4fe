// Comparisons through the training programs: loss and gradients of one batch, and the ten-step
// curve.
import { tokenLosses } from '@automodel/session';
import { relative } from './forward-checks.js';
import { GRADIENT_FLOOR } from './tolerances.js';
import { largest, largestError, type TensorCheck } from './verification-report.js';
import { CURVE, type Verification } from './verification.js';

/**
 * `loss`, and each `grad.P` against its own largest entry plus a part of the largest entry of all
 * gradients in the file. The gradient of a stored tensor that the model does not read is zero.
 */
export async function compareGradients(v: Verification): Promise<TensorCheck[]> {
  const { session, step, reference, tolerances, own, batch, ownBatch, parameterOf, full } = v;
  if (batch === undefined || ownBatch === undefined) return [];
  const checks: TensorCheck[] = [];
  const count = batch.trainedTokens;
  if (reference.has('loss')) {
    const loss = (await tokenLosses(session, batch)).reduce((sum, nll) => sum + nll, 0) / count;
    own.setFloats('loss', [], Float32Array.of(loss));
    const expected = (await reference.floats('loss'))[0]!;
    checks.push(relative('loss', Math.abs(loss - expected) / Math.abs(expected), tolerances.loss));
  }
  const names = reference
    .withPrefix('grad.')
    .filter((name) => session.parameters.has(parameterOf(name)) || session.unused.includes(name));
  if (names.length === 0) return checks;
  await step.micro(ownBatch, { scale: 1 / count, first: true });
  const expected = new Map<string, Float32Array>();
  for (const name of reference.withPrefix('grad.'))
    expected.set(name, await reference.floats(`grad.${name}`));
  const floor = GRADIENT_FLOOR * Math.max(...[...expected.values()].map(largest));
  for (const name of names) {
    const gradient = session.parameters.has(parameterOf(name))
      ? await step.gradient(parameterOf(name))
      : new Float32Array(expected.get(name)!.length);
    own.setFloats(`grad.${name}`, reference.shape(`grad.${name}`), gradient);
    if (!full) checks.push({ name: `grad.${name}`, status: 'not-compared' });
    else {
      const { error, worst } = largestError(gradient, expected.get(name)!);
      checks.push(
        relative(
          `grad.${name}`,
          error / (largest(expected.get(name)!) + floor),
          tolerances.grad,
          worst,
        ),
      );
    }
  }
  return checks;
}

/**
 * `curve.loss`, `curve.grad_norm`; `final.P` is computed for the dump only: where gradients nearly
 * vanish, Adam turns rounding into whole steps.
 */
export async function compareCurve(v: Verification): Promise<TensorCheck[]> {
  const { session, step, reference, tolerances, own, batch, ownBatch, parameterOf, full } = v;
  const finals = reference
    .withPrefix('final.')
    .filter((name) => session.parameters.has(parameterOf(name)));
  if (batch === undefined || ownBatch === undefined) return [];
  if (!reference.has('curve.loss') && finals.length === 0) return [];
  const scale = 1 / batch.trainedTokens;
  const [losses, norms] = [new Float32Array(CURVE.steps), new Float32Array(CURVE.steps)];
  for (let i = 0; i < CURVE.steps; i++) {
    await step.micro(ownBatch, { scale, first: true });
    const { loss, gradientNorm } = await step.update(i + 1, CURVE.learningRate, CURVE.weightDecay);
    [losses[i], norms[i]] = [loss, gradientNorm];
  }
  const checks: TensorCheck[] = [];
  for (const [name, values] of [
    ['curve.loss', losses],
    ['curve.grad_norm', norms],
  ] as const) {
    if (!reference.has(name)) continue;
    own.setFloats(name, [CURVE.steps], values);
    const expected = await reference.floats(name);
    const { error, worst } = largestError(
      values.map((x, i) => x / expected[i]!),
      new Float32Array(CURVE.steps).fill(1),
    );
    checks.push(
      full || name === 'curve.loss'
        ? relative(name, error, tolerances.curve, worst)
        : { name, status: 'not-compared' },
    );
  }
  for (const name of finals) {
    own.setFloats(
      `final.${name}`,
      reference.shape(`final.${name}`),
      await session.parameters.read(parameterOf(name)),
    );
    checks.push({ name: `final.${name}`, status: 'not-compared' });
  }
  return checks;
}
