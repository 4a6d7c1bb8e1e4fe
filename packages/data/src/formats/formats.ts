// Written by `npm run dataset-types`: every file of this folder that exports a format.
import { jsonl } from './jsonl.js';
import { alpaca } from './alpaca.js';
import { chat } from './chat.js';
import { columnMapped } from './column-mapped.js';
import { hellaswag } from './hellaswag.js';
import { squad } from './squad.js';
import { text } from './text.js';
import { xlam } from './xlam.js';
import type { RowFormat } from './row-format.js';

/** All of them: the default, then by name. */
export const FORMATS: readonly RowFormat[] = [
  jsonl,
  alpaca,
  chat,
  columnMapped,
  hellaswag,
  squad,
  text,
  xlam,
];

/** `dataset.type` of a recipe. */
export type DatasetType =
  'jsonl' | 'alpaca' | 'chat' | 'column_mapped' | 'hellaswag' | 'squad' | 'text' | 'xlam';

/** What a column can hold. */
export type ColumnRole =
  | 'prompt'
  | 'completion'
  | 'messages'
  | 'conversations'
  | 'system'
  | 'tools'
  | 'instruction'
  | 'input'
  | 'output'
  | 'history'
  | 'text'
  | 'context'
  | 'question'
  | 'answer';
