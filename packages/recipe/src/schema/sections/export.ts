// export: a section of our own. What is trained is taken to another tool when it is saved, as
// `automodel export` does.
import { z } from 'zod';

export const exportSchema = z.strictObject({
  to: z.string().min(1).describe('Name that an exporter plugin provides: vllm, gguf.'),
  output: z
    .optional(z.nullable(z.string().min(1)))
    .describe(
      'Where the export goes, relative to the working directory; default: beside checkpoint_dir, ' +
        "with the exporter's name after it.",
    ),
  type: z
    .optional(z.nullable(z.string().min(1)))
    .describe(
      'How floats are stored (f32, f16, bf16; gguf also q8_0); absent: as they are trained.',
    ),
});
