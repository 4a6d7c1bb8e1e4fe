import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openSafetensors,
  sourceOfArray,
  writeSafetensors,
  type StoredTensor,
} from '@automodel/checkpoint';
import type { Batch, LanguageModel } from '@automodel/contracts';
import type { DType } from '@automodel/core';
import plugin from '@automodel/models-llama';
import { referenceBackend } from '@automodel/testing';
import { generate } from '@automodel/generate';
import { ModelSession, parameterRecords, tokenLosses, type Precision } from '@automodel/session';
import { afterAll, beforeAll, expect, test } from 'vitest';

let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'session-'));
});
afterAll(() => rm(place, { recursive: true }));

/** One document that trains on itself. */
const batchOf = (...ids: number[]): Batch => ({
  documents: [{ start: 0, inputIds: Int32Array.from(ids), labels: Int32Array.from(ids) }],
  capacity: { token: ids.length, document: 1 },
  padTokenId: 0,
});

const model = (tied = true): LanguageModel =>
  plugin.create({
    model_type: 'llama',
    vocab_size: 11,
    hidden_size: 4,
    intermediate_size: 6,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    max_position_embeddings: 16,
    tie_word_embeddings: tied,
  });

interface Change {
  readonly name: string;
  readonly shape: readonly number[];
  readonly fill?: number;
}

let files = 0;
/**
 * A file with all parameters of the tied model (0.1 everywhere) except `without`, and with
 * `changes`.
 */
async function stored(
  changes: readonly Change[] = [],
  { without = [] as readonly string[], dtype = 'f32' as DType } = {},
): Promise<ReadonlyMap<string, StoredTensor>> {
  const all = new Map(
    parameterRecords(model())
      .filter((r) => !without.includes(r.name))
      .map((r): [string, Change] => [r.name, r]),
  );
  for (const change of changes) all.set(change.name, change);
  const path = join(place, `${files++}.safetensors`);
  await writeSafetensors(
    path,
    [...all.values()].map(({ name, shape, fill = 0.1 }) =>
      sourceOfArray(
        name,
        dtype,
        shape,
        new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(fill),
      ),
    ),
  );
  return new Map((await openSafetensors(path)).tensors.map((t) => [t.name, t]));
}

const load = (
  tensors: ReadonlyMap<string, StoredTensor>,
  precision: Precision = 'f32',
  trainable = false,
): Promise<ModelSession> =>
  ModelSession.load(
    { backend: referenceBackend(), model: model(), precision, trainable: () => trainable },
    tensors,
    'model',
  );

const NORM = 'model.norm.weight';
const TABLE = 'model.embed_tokens.weight';

test('tensors that are missing, of another shape or against the config are named', async () => {
  await expect(load(await stored([], { without: [NORM, TABLE] }))).rejects.toThrow(
    `model: the weights lack ${TABLE}, ${NORM}`,
  );
  await expect(load(await stored([{ name: NORM, shape: [5] }]))).rejects.toThrow(
    `tensor ${NORM} has shape [5], config.json asks for [4]`,
  );
  await expect(
    load(await stored([{ name: 'model.layers.0.self_attn.q_norm.weight', shape: [4] }])),
  ).rejects.toThrow(
    'the weights hold model.layers.0.self_attn.q_norm.weight, which the model described by ' +
      'config.json does not use',
  );
  await expect(
    load(await stored([{ name: 'lm_head.weight', shape: [11, 4], fill: 0.2 }])),
  ).rejects.toThrow(`lm_head.weight differs from ${TABLE}, but config.json ties them`);
});

test('an equal tied head and tensors of other modules are noted', async () => {
  const session = await load(
    await stored([
      { name: 'lm_head.weight', shape: [11, 4] },
      { name: 'visual.proj', shape: [2] },
      { name: 'model.layers.0.self_attn.rotary_emb.inv_freq', shape: [2] },
    ]),
  );
  expect(session.unused).toEqual(['model.layers.0.self_attn.rotary_emb.inv_freq', 'visual.proj']);
  expect(session.notes).toHaveLength(2);
});

test(
  'weights that are only read are mapped as stored, trained ones are held in the precision’s ' +
    'dtype',
  async () => {
    const tensors = await stored([], { dtype: 'bf16' });
    const held = (session: ModelSession, name: string): string => {
      const { dtype, buffer } = session.parameters.get(name);
      return buffer.mapped ? `${dtype} mapped` : dtype;
    };
    const reading = await load(tensors);
    expect([held(reading, TABLE), held(reading, NORM)]).toEqual(['bf16 mapped', 'f32']);
    expect(held(await load(tensors, 'bf16', true), TABLE)).toBe('f32');
    expect(held(await load(tensors, 'bf16_pure', true), TABLE)).toBe('bf16');
    const batch = batchOf(1, 2, 3);
    const losses = await tokenLosses(reading, batch);
    expect(losses[0]).toBeCloseTo(Math.log(11), 3); // all weights are equal, so are all logits
    expect(losses[2]).toBe(0);
    for (const session of [
      reading,
      await load(tensors, 'bf16', true),
      await load(tensors, 'bf16_pure', true),
    ]) {
      const ids: number[] = [];
      for await (const id of generate(session, [1, 2], { maxNewTokens: 3 })) ids.push(id);
      expect(ids).toEqual([0, 0, 0]); // the lowest id of equal logits
    }
  },
);

test('random weights depend on the seed and the parameter', async () => {
  const weights = (seed: number, name: string): Promise<Float32Array> =>
    ModelSession.initialize(
      { backend: referenceBackend(), model: model(), precision: 'f32' },
      seed,
    ).parameters.read(name);
  expect(await weights(1, TABLE)).toEqual(await weights(1, TABLE));
  expect(await weights(1, TABLE)).not.toEqual(await weights(2, TABLE));
  expect(await weights(1, 'model.layers.0.mlp.gate_proj.weight')).not.toEqual(
    await weights(1, 'model.layers.0.mlp.up_proj.weight'),
  );
  expect([...(await weights(1, NORM))]).toEqual([1, 1, 1, 1]);
});

test('a token id outside the vocabulary is refused before it reaches a kernel', async () => {
  const session = await load(await stored());
  await expect(tokenLosses(session, batchOf(1, 11))).rejects.toThrow(
    "token id 11 at position 1 is outside the model's vocabulary of 11",
  );
});
