// NeMo's mapped columns: ColumnMappedTextInstructionDataset.
import { completionOf } from '../rows/completion.js';
import type { CompletionRow } from '../rows/parsed-row.js';
import type { RowReader } from '../rows/row-reader.js';
import { FORMAT_KEYS, type RowFormat } from './row-format.js';

export const columnMapped: RowFormat = {
  type: 'column_mapped',
  about: 'columns named by column_mapping',
  columns: ['context', 'question', 'answer'],
  mustMap: 'answer',
  keys: FORMAT_KEYS,
  appendsEos: false,
  nemo: [
    {
      module: 'llm.column_mapped_text_instruction_dataset',
      name: 'ColumnMappedTextInstructionDataset',
    },
  ],
  streamed: {
    type: 'column_mapped_iterable',
    nemo: [
      {
        module: 'llm.column_mapped_text_instruction_iterable_dataset',
        name: 'ColumnMappedTextInstructionIterableDataset',
      },
    ],
  },
  read: mappedRow,
};

/**
 * The prompt is context, question and an empty text, joined by spaces. A chat only where the recipe
 * asks for one.
 */
function mappedRow(row: RowReader): CompletionRow {
  const [context, question, answer] = [
    row.has('context') ? row.text('context') : undefined,
    row.has('question') ? row.text('question') : undefined,
    row.text('answer'),
  ];
  const given = [context, question].filter((text) => text !== undefined);
  if (given.length === 0)
    throw row.refuse(
      `this row has neither "${row.name('context')}" nor "${row.name('question')}": ` +
        `it has columns ${row.columnNames()}`,
      'correct column_mapping',
    );
  const messages = [
    ...(context === undefined || question === undefined
      ? []
      : [{ role: 'system', content: context }]),
    { role: 'user', content: question ?? context },
  ];
  return {
    ...completionOf(row, [...given, ''].join(' '), answer, messages),
    preferChat: false,
    border: 'tokens',
  };
}
