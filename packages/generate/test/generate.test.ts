import { beforeAll, expect, test } from 'vitest';
import { generate, type GenerateOptions } from '@automodel/generate';
import { type ModelSession, ModelSession as Session } from '@automodel/session';
import { referenceBackend } from '@automodel/testing';
import plugin from '@automodel/models-llama';

let session: ModelSession;
beforeAll(() => {
  const model = plugin.create({
    model_type: 'llama',
    vocab_size: 37,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    max_position_embeddings: 300,
    initializer_range: 0.7,
  });
  session = Session.initialize(
    { backend: referenceBackend(), model, precision: 'f32', verifyPlans: true },
    5,
  );
});

const prompt = Array.from({ length: 250 }, (_, i) => (i * i + 3 * i) % 37);

async function ids(start: readonly number[], options: GenerateOptions): Promise<number[]> {
  const result: number[] = [];
  for await (const id of generate(session, start, options)) result.push(id);
  return result;
}

test('continues across chunks of the prompt and growing caches as from one cache', async () => {
  const grown = await ids(prompt, { maxNewTokens: 12 });
  expect(grown).toHaveLength(12);
  expect(await ids([...prompt, ...grown.slice(0, 8)], { maxNewTokens: 4 })).toEqual(grown.slice(8));
});

test('ends at a stop id, which is yielded, and at the last position of the model', async () => {
  const all = await ids([1, 2, 3], { maxNewTokens: 6, temperature: 1, seed: 3 });
  const stop = all[2]!;
  expect(
    await ids([1, 2, 3], { maxNewTokens: 6, temperature: 1, seed: 3, stopIds: [stop] }),
  ).toEqual(all.slice(0, all.indexOf(stop) + 1));
  expect(await ids([...prompt, ...prompt.slice(0, 47)], { maxNewTokens: 20 })).toHaveLength(4);
});

test('dynamic RoPE beyond the trained length gives the ids of a run without a cache', async () => {
  const rope_parameters = { rope_type: 'dynamic', factor: 4, rope_theta: 10000 };
  const model = plugin.create({
    model_type: 'llama',
    vocab_size: 37,
    hidden_size: 16,
    intermediate_size: 8,
    num_hidden_layers: 2,
    num_attention_heads: 1,
    max_position_embeddings: 8,
    initializer_range: 0.7,
    rope_parameters,
  });
  const dynamic = Session.initialize(
    { backend: referenceBackend(), model, precision: 'f32', verifyPlans: true },
    5,
  );
  const continued = async (start: readonly number[], count: number): Promise<number[]> => {
    const result: number[] = [];
    for await (const id of generate(dynamic, start, { maxNewTokens: count })) result.push(id);
    return result;
  };
  const start = [3, 1, 4, 1, 5];
  const alone = [...start];
  while (alone.length < 17) alone.push(...(await continued(alone, 1)));
  expect([...start, ...(await continued(start, 12))]).toEqual(alone);
});

test('draws depend on the seed alone', async () => {
  const sampled = (seed: number): Promise<number[]> =>
    ids([5], { maxNewTokens: 12, temperature: 1.5, topP: 0.95, seed });
  expect(await sampled(1)).toEqual(await sampled(1));
  expect(await sampled(1)).not.toEqual(await sampled(2));
  expect(await ids([5], { maxNewTokens: 5, temperature: 1.5, topK: 1, seed: 9 })).toEqual(
    await ids([5], { maxNewTokens: 5 }),
  );
});

test('two calls at once do not share a cache', async () => {
  const [a, b] = await Promise.all([
    ids([1, 2], { maxNewTokens: 4 }),
    ids([7, 8, 9], { maxNewTokens: 4 }),
  ]);
  expect(a).toEqual(await ids([1, 2], { maxNewTokens: 4 }));
  expect(b).toEqual(await ids([7, 8, 9], { maxNewTokens: 4 }));
});

test.each([
  [[], {}, /at least one token/],
  [[99], {}, /token id 99 at position 0 is outside the model's vocabulary of 37/],
  [[1], { temperature: -1 }, /temperature -1/],
  [[1], { topP: 0 }, /top_p 0/],
  [Array.from({ length: 301 }, () => 1), {}, /needs 301 positions, the model has 300/],
] as const)('refuses %j %j', async (start, options, message) => {
  await expect(ids(start, options)).rejects.toThrow(message);
});
