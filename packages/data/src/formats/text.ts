// Plain text, all of it trained.
import type { RowFormat } from './row-format.js';

export const text: RowFormat = {
  type: 'text',
  about: 'plain text',
  columns: ['text'],
  keys: ['column_mapping', 'append_eos'],
  appendsEos: true,
  nemo: [],
  read: (row) => ({ kind: 'text', text: row.text('text'), source: row.source }),
};
