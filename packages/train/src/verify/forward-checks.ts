// Comparisons that need no gradient: logits where tokens are real, mean next-token losses and
// greedy tokens.
import { generate } from '@automodel/generate';
import { batchLogits, batchLossSum } from '@automodel/session';
import { referenceBatch, rowsAtOnce, rowsBetween } from './reference-batch.js';
import { largest, largestError, type TensorCheck } from './verification-report.js';
import type { Verification } from './verification.js';

/** Tokens per run over `nll_input_ids`. */
const LOSS_TOKENS = 4096;

/** Errors relative to the largest logit. */
export async function compareLogits({
  session,
  reference,
  tolerances,
  own,
  batch,
  full,
}: Verification): Promise<TensorCheck | undefined> {
  if (!reference.has('logits') || batch === undefined) return undefined;
  const [expected, packed] = [await reference.floats('logits'), await batchLogits(session, batch)];
  const vocabulary = session.model.vocabularySize;
  const padded = new Float32Array(expected.length);
  batch.rowOf.forEach((row, place) => {
    if (row >= 0)
      padded.set(packed.subarray(row * vocabulary, (row + 1) * vocabulary), place * vocabulary);
  });
  own.setFloats('logits', reference.shape('logits'), padded);
  if (!full) return { name: 'logits', status: 'not-compared' };
  const counts = (i: number): boolean => batch.rowOf[Math.floor(i / vocabulary)]! >= 0;
  const { error, worst } = largestError(padded, expected, counts);
  const scale = largest(expected.filter((_, i) => counts(i)));
  return relative('logits', error / scale, tolerances.logits, worst);
}

/** Mean next-token loss over all rows of `nll_input_ids`. */
export async function compareNextTokenLoss({
  session,
  reference,
  tolerances,
  own,
}: Verification): Promise<TensorCheck | undefined> {
  if (!reference.has('nll') || !reference.has('nll_input_ids')) return undefined;
  const inputIds = await reference.integerMatrix('nll_input_ids');
  const step = rowsAtOnce(session.model, inputIds.columns, LOSS_TOKENS);
  let [sum, count] = [0, 0];
  for (let from = 0; from < inputIds.rows; from += step) {
    const rows = rowsBetween(inputIds, from, Math.min(from + step, inputIds.rows));
    const batch = referenceBatch(session.model, { inputIds: rows, labels: rows }, reference.path);
    sum += await batchLossSum(session, batch);
    count += batch.trainedTokens;
  }
  own.setFloats('nll', [], Float32Array.of(sum / count));
  const expected = (await reference.floats('nll'))[0]!;
  return relative('nll', Math.abs(sum / count - expected) / Math.abs(expected), tolerances.nll);
}

/** Greedy continuation of `generate.prompt`, prompt included: all ids must be equal. */
export async function compareGreedyTokens({
  session,
  reference,
  own,
  full,
}: Verification): Promise<TensorCheck | undefined> {
  if (!reference.has('generate.tokens') || !reference.has('generate.prompt')) return undefined;
  const [prompt, expected] = [
    await reference.integerMatrix('generate.prompt'),
    await reference.integerMatrix('generate.tokens'),
  ];
  const ids: number[] = [];
  for (let row = 0; row < prompt.rows; row++) {
    const start = prompt.values.subarray(row * prompt.columns, (row + 1) * prompt.columns);
    ids.push(...start);
    for await (const id of generate(session, start, {
      maxNewTokens: expected.columns - prompt.columns,
      maxPositions: Infinity,
    }))
      ids.push(id);
  }
  own.setIds('generate.tokens', [expected.rows, expected.columns], ids);
  if (!full) return { name: 'generate.tokens', status: 'not-compared' };
  const wrong = expected.values.findIndex((id, i) => id !== ids[i]);
  const count = expected.values.filter((id, i) => id !== ids[i]).length;
  return {
    name: 'generate.tokens',
    status: wrong === -1 ? 'agrees' : 'differs',
    error: count,
    tolerance: 0,
    ...(wrong === -1 ? {} : { worst: wrong, note: `${count} of ${ids.length} ids differ` }),
  };
}

/** A check of an error that is already in the tolerance's unit. */
export function relative(
  name: string,
  error: number,
  tolerance: number,
  worst?: number,
): TensorCheck {
  return {
    name,
    status: error <= tolerance ? 'agrees' : 'differs',
    error,
    tolerance,
    ...(worst === undefined ? {} : { worst }),
  };
}
