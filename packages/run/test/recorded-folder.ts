// A model that no package implements, as a Hugging Face folder with a recorded graph: logits = (x +
// tanh(W cumsum(mask x))) H^T over embedded tokens x. Small, causal, and with tensors that the
// graph does not use.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sourceOfArray, writeSafetensors } from '@automodel/checkpoint';
import { philox } from '@automodel/core';
import { writeDescription } from './tiny-model.js';

const [VOCABULARY, WIDTH] = [1024, 16];

/** graph.json for `rows` x `columns` tokens. */
export function recordedGraph(rows: number, columns: number): string {
  const nodes: object[] = [];
  const node = (
    op: string,
    inputs: readonly unknown[],
    shape: readonly number[],
    attrs: object = {},
    dtype = 'float32',
    scope: readonly string[] = ['model:Unheard'],
  ): number => nodes.push({ id: nodes.length, op, in: inputs, attrs, shape, dtype, scope }) - 1;
  const [batch, hidden] = [
    [rows, columns],
    [rows, columns, WIDTH],
  ];
  const ids = node('input', [], batch, { name: 'input_ids' }, 'int64');
  const mask = node('input', [], batch, { name: 'attention_mask' }, 'int64');
  const table = node('param', [], [VOCABULARY, WIDTH], { name: 'model.embed_tokens.weight' });
  const x = node('embedding', [table, ids], hidden);
  const real = node(
    'reshape',
    [node('cast', [mask], batch, { to: 'float32' })],
    [rows, columns, 1],
  );
  const sums = node('cumsum', [node('mul', [x, real], hidden)], hidden, { dim: 1 });
  const mixer = node('param', [], [WIDTH, WIDTH], { name: 'model.mixer.weight' });
  const mixed = node('linear', [sums, mixer, null], hidden, {}, 'float32', [
    'model:Unheard',
    'model.mixer:Linear',
  ]);
  const y = node('add', [node('tanh', [mixed], hidden), x], hidden);
  const head = node('param', [], [VOCABULARY, WIDTH], { name: 'lm_head.weight' });
  const output = node('linear', [y, head, null], [...batch, VOCABULARY], {}, 'float32', [
    'lm_head:Linear',
  ]);
  return JSON.stringify({
    format: 'recorded-graph/0',
    architecture: 'UnheardForCausalLM',
    output,
    nodes,
  });
}

function values(stream: number, count: number): Float32Array {
  return Float32Array.from(
    { length: count },
    (_, i) => (philox([i, stream, 0, 3], [1, 0])[0] / 2 ** 32 - 0.5) * 0.4,
  );
}

/** The folder; its graph takes 2 rows of `columns` tokens. */
export async function writeRecordedFolder(folder: string, columns: number): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeDescription(folder, {
    architectures: ['UnheardForCausalLM'],
    model_type: 'unheard',
    tie_word_embeddings: false,
  });
  await writeFile(join(folder, 'graph.json'), recordedGraph(2, columns));
  await rm(join(folder, 'model.safetensors'), { force: true });
  await writeSafetensors(join(folder, 'model.safetensors'), [
    sourceOfArray(
      'model.embed_tokens.weight',
      'f32',
      [VOCABULARY, WIDTH],
      values(0, VOCABULARY * WIDTH),
    ),
    sourceOfArray('model.mixer.weight', 'f32', [WIDTH, WIDTH], values(1, WIDTH * WIDTH)),
    sourceOfArray('lm_head.weight', 'f32', [VOCABULARY, WIDTH], values(2, VOCABULARY * WIDTH)),
    sourceOfArray('model.counts', 'i64', [3], BigInt64Array.of(1n, 2n, 2n ** 60n)),
    sourceOfArray('model.mixer.unused', 'f32', [2], Float32Array.of(0.5, -0.5)),
  ]);
  return folder;
}
