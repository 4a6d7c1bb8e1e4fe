// quantization: how the frozen weights below an adapter are held (QLoRA). The keys are those of
// NeMo's section, which hands them to bitsandbytes.
import type { QuantizedFormat } from '@automodel/core';
import { z } from 'zod';
import { ignored, only } from './field-types.js';

const computed = "products compute in the dtype of the run's precision";

export const quantizationSchema = z
  .strictObject({
    load_in_4bit: z.boolean().default(false).describe('NF4: 4-bit codes in blocks of 64.'),
    load_in_8bit: z
      .boolean()
      .default(false)
      .describe('int8, each row scaled by its absolute maximum; activations are not quantised.'),
    bnb_4bit_quant_type: only(['nf4'], 'use nf4').default('nf4'),
    bnb_4bit_use_double_quant: z
      .boolean()
      .default(true)
      .describe('Hold the scales of blocks in 8 bits too.'),
    bnb_4bit_compute_dtype: ignored(z.string(), computed),
    bnb_4bit_quant_storage: ignored(z.string(), 'codes are bytes'),
  })
  .refine((section) => !(section.load_in_4bit && section.load_in_8bit), {
    path: ['load_in_8bit'],
    message: 'cannot be set beside load_in_4bit',
  });

/** The format that a section asks for; undefined: the weights stay as they are stored. */
export function quantizedFormat(
  section: z.output<typeof quantizationSchema> | null,
): QuantizedFormat | undefined {
  if (section?.load_in_8bit === true) return 'int8';
  if (section?.load_in_4bit !== true) return undefined;
  return section.bnb_4bit_use_double_quant ? 'nf4_double' : 'nf4';
}
