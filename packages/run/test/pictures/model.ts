// A toy model as far as its batches go: it reads tokens, and the pixels of patches.
import type { BatchLayout, LanguageModel } from '@automodel/contracts';

export const layout: BatchLayout = {
  columns: [
    { column: 'input_ids', dtype: 'i32', per: 'token', width: 1 },
    { column: 'segments', dtype: 'i32', per: 'document', width: 4 },
    { column: 'pixel_values', dtype: 'f32', per: 'patch', width: 3 },
  ],
};

export const model = { batch: layout, vocabularySize: 1_000_000 } as LanguageModel;
