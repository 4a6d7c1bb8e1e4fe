// Model and adapter folders of a few numbers for tests, and a stand-in for what training computes:
// numbers that depend on every weight that a loader would read.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openAdapterFolder,
  openWeights,
  readTensor,
  sourceOfArray,
  writeSafetensors,
} from '@automodel/checkpoint';
import type { ExportSource } from '@automodel/contracts';

export const ROWS = 6;
const WIDTH = 4;
export const scratch = (): string => mkdtempSync(join(tmpdir(), 'export-vllm-'));

const QUERY = 'model.layers.0.self_attn.q_proj';
const numbers = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(i + seed));

export const EMBEDDING = numbers(ROWS * WIDTH, 1);

export interface TinyFolder {
  readonly config?: Readonly<Record<string, unknown>>;
  /** Values of lm_head.weight; absent: there is none. */
  readonly head?: readonly number[];
  /** Further files, by name. */
  readonly files?: Readonly<Record<string, unknown>>;
}

export async function tinyFolder({
  config = {},
  head,
  files = {},
}: TinyFolder = {}): Promise<string> {
  const folder = join(scratch(), 'tiny');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      vocab_size: ROWS,
      hidden_size: WIDTH,
      tie_word_embeddings: head === undefined,
      ...config,
    }),
  );
  for (const [name, content] of Object.entries(files))
    writeFileSync(
      join(folder, name),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  const table = (name: string, values: readonly number[]) =>
    sourceOfArray(name, 'f32', [values.length / WIDTH, WIDTH], Float32Array.from(values));
  await writeSafetensors(join(folder, 'model.safetensors'), [
    table('model.embed_tokens.weight', EMBEDDING),
    table(`${QUERY}.weight`, numbers(WIDTH * WIDTH, 2)),
    ...(head === undefined ? [] : [table('lm_head.weight', head)]),
  ]);
  return folder;
}

export interface TinyAdapter {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly module?: string;
  readonly rank?: number;
  readonly columns?: number;
  /** B is zero. */
  readonly untrained?: boolean;
}

export async function tinyAdapter({
  config = {},
  module = QUERY,
  rank = 2,
  columns = WIDTH,
  untrained = false,
}: TinyAdapter = {}): Promise<string> {
  const folder = join(scratch(), 'adapter');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'adapter_config.json'),
    JSON.stringify({
      peft_type: 'LORA',
      r: rank,
      lora_alpha: 4,
      target_modules: ['q_proj'],
      bias: 'none',
      modules_to_save: null,
      peft_version: '0.21.2',
      rank_pattern: {},
      ...config,
    }),
  );
  const matrix = (side: 'A' | 'B', rows: number, width: number) =>
    sourceOfArray(
      `base_model.model.${module}.lora_${side}.weight`,
      'f32',
      [rows, width],
      Float32Array.from(numbers(rows * width, 3), (value) =>
        side === 'B' && untrained ? 0 : value,
      ),
    );
  await writeSafetensors(join(folder, 'adapter_model.safetensors'), [
    matrix('A', rank, columns),
    matrix('B', WIDTH, rank),
  ]);
  return folder;
}

/** [T,ROWS]: what a loader that follows config.json would give something like. */
export async function standInLogits(
  { model, adapter }: ExportSource,
  ids: readonly number[],
): Promise<Float32Array> {
  const config = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  const weights = await openWeights(model);
  const read = async (name: string): Promise<Float32Array> =>
    (await readTensor(weights.entry(name))) as Float32Array;
  const [embedding, query] = [
    await read('model.embed_tokens.weight'),
    await read(`${QUERY}.weight`),
  ];
  const head =
    (config['tie_word_embeddings'] ?? !weights.has('lm_head.weight')) === true
      ? embedding
      : await read('lm_head.weight');
  const change = adapter === undefined ? 0 : await adapterSum(adapter);
  const scale = query.reduce((sum, value) => sum + value, 1) + change;
  return Float32Array.from(
    { length: ids.length * ROWS },
    (_, i) => embedding[ids[Math.floor(i / ROWS)]! * WIDTH]! * head[(i % ROWS) * WIDTH]! * scale,
  );
}

async function adapterSum(folder: string): Promise<number> {
  const { tensors, config } = await openAdapterFolder(folder);
  const sums = await Promise.all(
    [...tensors.values()].map(async (tensor) =>
      ((await readTensor(tensor)) as Float32Array).reduce((sum, value) => sum + value, 0),
    ),
  );
  return sums.reduce(
    (product, sum) => product * sum,
    Number(config['lora_alpha']) / Number(config['r']),
  );
}
