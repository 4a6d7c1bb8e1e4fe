// A toy dataset type: a text, and the pixels of any number of patches.
import type { RowFormat } from '@automodel/data';

export const WIDTH = 3;

export const pictures: RowFormat = {
  type: 'pictures',
  about: 'a text and the pixels of its patches',
  columns: ['text', 'pixels'],
  keys: ['column_mapping'],
  appendsEos: true,
  nemo: [],
  read: (row) => {
    const pixels = row.asList(row.value('pixels'), row.name('pixels'), 'numbers');
    const values = Float32Array.from(pixels, Number);
    return {
      kind: 'text',
      text: row.text('text'),
      columns: { pixel_values: { dtype: 'f32', per: 'patch', width: WIDTH, values } },
      source: row.source,
    };
  },
};
