// Folders of quantised weights are named as such, whatever wrote them and however it says so.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HuggingFaceFolder, refuseQuantized, type JsonObject } from '../src/index.js';
import { rawSafetensors, temporaryFolder } from './support/files.js';

const PLAIN = 'model.layers.0.mlp.up_proj.weight';

interface Quantized {
  readonly config?: JsonObject;
  readonly tensors?: Readonly<Record<string, string>>;
  readonly file?: string;
}

/** A folder with tensors of one element, by storage type. */
async function folderOf({
  config = {},
  tensors = {},
  file,
}: Quantized): Promise<HuggingFaceFolder> {
  const directory = await temporaryFolder();
  const bytes = 8;
  const header = Object.fromEntries(
    Object.entries({ [PLAIN]: 'F32', ...tensors }).map(([name, dtype], i) => {
      const count = { F32: 2, I32: 2, U32: 2, U8: 8, I8: 8, F8_E4M3: 8 }[dtype] ?? 0;
      return [name, { dtype, shape: [count], data_offsets: [i * bytes, (i + 1) * bytes] }] as const;
    }),
  );
  await writeFile(
    join(directory, 'model.safetensors'),
    rawSafetensors(header, bytes * Object.keys(header).length),
  );
  await writeFile(
    join(directory, 'config.json'),
    JSON.stringify({ model_type: 'llama', ...config }),
  );
  if (file !== undefined) await writeFile(join(directory, file), '{"bits": 4}');
  return HuggingFaceFolder.open(directory);
}

const PROJECTION = 'model.layers.0.self_attn.q_proj';
const ROWS: readonly (readonly [string, Quantized, RegExp])[] = [
  [
    'GPTQ by its own file',
    {
      file: 'quantize_config.json',
      tensors: { [`${PROJECTION}.qweight`]: 'I32', [`${PROJECTION}.scales`]: 'F32' },
    },
    /GPTQ \(quantize_config\.json/,
  ],
  [
    'AWQ by its own file',
    { file: 'quant_config.json', tensors: { [`${PROJECTION}.qweight`]: 'I32' } },
    /with AWQ/,
  ],
  ['GPTQ by its tensors', { tensors: { [`${PROJECTION}.g_idx`]: 'I32' } }, /GPTQ .*q_proj\.g_idx/],
  ['either', { tensors: { [`${PROJECTION}.qweight`]: 'I32' } }, /GPTQ or AWQ/],
  ['MLX by its config', { config: { quantization: { group_size: 64, bits: 4 } } }, /MLX/],
  [
    'MLX, whose settings are there twice',
    { config: { quantization: { bits: 4 }, quantization_config: { bits: 4 } } },
    /MLX/,
  ],
  [
    'MLX by its tensors',
    { tensors: { [`${PROJECTION}.weight`]: 'U32', [`${PROJECTION}.scales`]: 'F32' } },
    /MLX .*q_proj\.scales/,
  ],
  [
    'a method of config.json',
    { config: { quantization_config: { quant_method: 'hqq' } } },
    /config\.json: .*HQQ/,
  ],
  [
    'a method that has no other name',
    { config: { quantization_config: { quant_method: 'vptq' } } },
    /with vptq/,
  ],
  [
    'bitsandbytes without its name',
    { config: { quantization_config: { load_in_4bit: true } } },
    /bitsandbytes/,
  ],
  ['bitsandbytes by its tensors', { tensors: { [`${PROJECTION}.weight.absmax`]: 'F32' } }, /bitsa/],
  ['bitsandbytes in 8 bits', { tensors: { [`${PROJECTION}.SCB`]: 'F32' } }, /bitsandbytes/],
  [
    'a text part, inside',
    {
      config: {
        model_type: 'llava',
        text_config: { quantization_config: { quant_method: 'awq' } },
      },
    },
    /AWQ/,
  ],
  ['FP8 by its scales', { tensors: { [`${PROJECTION}.weight_scale_inv`]: 'F32' } }, /with FP8/],
  ['floats of 8 bits', { tensors: { [`${PROJECTION}.weight`]: 'F8_E4M3' } }, /F8_E4M3/],
  [
    'compressed-tensors',
    { tensors: { [`${PROJECTION}.weight_packed`]: 'I32' } },
    /compressed-tensors/,
  ],
  ['HQQ', { tensors: { [`${PROJECTION}.W_q`]: 'U8' } }, /HQQ/],
];

test.each(ROWS)('%s', async (_, quantized, says) => {
  const folder = await folderOf(quantized);
  expect(() => refuseQuantized(folder)).toThrow(
    expect.objectContaining({
      code: 'unsupported',
      hint: expect.stringContaining('start from the model before it was quantised') as string,
    }),
  );
  expect(() => refuseQuantized(folder)).toThrow(says);
});

test('plain weights are not, even beside settings that were left over', async () => {
  const folder = await folderOf({ file: 'quantize_config.json' });
  expect(() => refuseQuantized(folder)).not.toThrow();
});
