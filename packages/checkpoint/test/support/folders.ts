// Small model folders made for one test: a config, an embedding, a norm, perhaps a head, split over
// as many files as asked.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sourceOfArray, writeSafetensors, type TensorSource } from '../../src/index.js';

export const EMBEDDING = 'model.embed_tokens.weight';
export const HEAD = 'lm_head.weight';

/** A [2, 3] tensor counting up from `start`. */
export const counting = (
  name: string,
  start: number,
  dtype: 'f32' | 'bf16' | 'f16' = 'f32',
): TensorSource =>
  sourceOfArray(
    name,
    dtype,
    [2, 3],
    Float32Array.from({ length: 6 }, (_, i) => start + i),
  );

export const CONFIG =
  '{\n  "model_type": "llama",\n  "rms_norm_eps": 1e-06,\n  "tie_word_embeddings": false,\n  ' +
  '"torch_dtype": "float32"\n}\n';

/** Write a folder with `files` (name -> tensors) and an index when there are several. */
export async function writeFolder(
  directory: string,
  files: Readonly<Record<string, readonly TensorSource[]>>,
  config = CONFIG,
): Promise<string> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'config.json'), config);
  for (const [name, tensors] of Object.entries(files))
    await writeSafetensors(join(directory, name), tensors);
  if (Object.keys(files).length > 1) {
    const map = Object.entries(files).flatMap(([file, tensors]) =>
      tensors.map((tensor) => [tensor.name, file]),
    );
    await writeFile(
      join(directory, 'model.safetensors.index.json'),
      JSON.stringify({ metadata: {}, weight_map: Object.fromEntries(map) }),
    );
  }
  return directory;
}
