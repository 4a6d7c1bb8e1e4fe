// Recognises what a row holds: by the type of its data set, or by its columns. A row that fits no
// format or several, or whose values have other types, is refused with file, row and column.
import type { RowSource } from '../sources/row-source.js';
import type { JsonObject } from '../json/json-object.js';
import { chatRow } from './chat-row.js';
import type { ColumnNames, ColumnRole, Example, ExampleFormat } from './example.js';
import { alpacaRow, hellaSwagRow, mappedRow, promptRow, squadRow } from './instruction-row.js';
import { RowReader } from './row-reader.js';
import { xlamRow } from './xlam-row.js';

interface Layout {
  readonly columns: readonly ColumnRole[];
  readonly read: (row: RowReader) => Example;
}

const text = (row: RowReader): Example => ({
  kind: 'text',
  text: row.text('text'),
  source: row.source,
});

/** What columns alone can say, in the order in which several are named. */
const LAYOUTS: readonly Layout[] = [
  { columns: ['messages'], read: chatRow },
  { columns: ['conversations'], read: chatRow },
  { columns: ['prompt', 'completion'], read: promptRow },
  { columns: ['instruction', 'output'], read: alpacaRow },
  { columns: ['text'], read: text },
];

/** Reads one row. Errors: `bad-data` at file:row. */
export function parseExample(
  value: JsonObject,
  source: RowSource,
  format: ExampleFormat = {},
): Example {
  const row = new RowReader(value, source, format.columns ?? {});
  refuseUnusedMapping(row, format.columns ?? {});
  switch (format.type ?? 'jsonl') {
    case 'jsonl':
      return oneOf(row, LAYOUTS).read(row);
    case 'chat':
      return oneOf(row, LAYOUTS.slice(0, 2)).read(row);
    case 'alpaca':
      return alpacaRow(row);
    case 'text':
      return text(row);
    case 'column_mapped':
      return mappedRow(row);
    case 'squad':
      return squadRow(row);
    case 'hellaswag':
      return hellaSwagRow(row);
    case 'xlam':
      return xlamRow(row);
  }
}

/**
 * A mapping whose columns are all absent was made for another file: its rows would be read by the
 * columns that they happen to have.
 */
function refuseUnusedMapping(row: RowReader, columns: ColumnNames): void {
  const named = Object.values(columns).filter((name) => name !== undefined);
  if (named.length > 0 && !named.some((name) => name in row.row))
    throw row.refuse(
      `none of the mapped columns (${named.map((name) => `"${name}"`).join(', ')}) is in this row, which has ${
        Object.keys(row.row)
          .map((key) => `"${key}"`)
          .join(', ') || 'none'
      }`,
      'mend column_mapping',
    );
}

function oneOf(row: RowReader, layouts: readonly Layout[]): Layout {
  const fitting = layouts.filter(({ columns }) => columns.every((column) => row.has(column)));
  const [first] = fitting;
  if (fitting.length === 1 && first !== undefined) return first;
  const named = ({ columns }: Layout, join: string): string =>
    columns.map((column) => row.name(column)).join(join);
  if (fitting.length > 1)
    throw row.refuse(
      'this row fits several formats: ' +
        `${fitting.map((layout) => named(layout, ' and ')).join('; ')}`,
      'choose one with type:, map the unwanted column to another name, or remove it from the file',
    );
  const half = layouts.find(({ columns }) => columns.some((column) => row.has(column)));
  const has =
    half === undefined
      ? `columns ${
          Object.keys(row.row)
            .map((key) => `"${key}"`)
            .join(', ') || '(none)'
        }`
      : partly(row, half);
  throw row.refuse(
    `this row is ${layouts.length > 2 ? 'neither a chat' : 'no chat'} (${chatColumns(row)})${
      layouts.length > 2
        ? `, nor ${layouts
            .slice(2)
            .map((layout) => layout.columns.map((column) => `"${row.name(column)}"`).join(' with '))
            .join(', nor ')}`
        : ''
    }: it has ${has}`,
    hintFor(row, layouts),
  );
}

const chatColumns = (row: RowReader): string =>
  `"${row.name('messages')}" or "${row.name('conversations')}"`;

function partly(row: RowReader, { columns }: Layout): string {
  const [there, missing] = [
    columns.filter((column) => row.has(column)),
    columns.filter((column) => !row.has(column)),
  ];
  return (
    `"${there.map((column) => row.name(column)).join('", "')}" without ` +
    `"${missing.map((column) => row.name(column)).join('", "')}"`
  );
}

function hintFor(row: RowReader, layouts: readonly Layout[]): string {
  const { row: value } = row;
  if ('answers' in value && 'context' in value && 'question' in value)
    return 'this looks like SQuAD: set type: squad';
  if ('endings' in value && 'ctx' in value) return 'this looks like HellaSwag: set type: hellaswag';
  if (layouts.length === 2)
    return (
      'name the column of the messages in the recipe: dataset.column_mapping: {messages: ' +
      'COLUMN}'
    );
  return (
    'name the columns of question and answer: --columns QUESTION,ANSWER of init and evaluate; ' +
    'in a recipe dataset.column_mapping: {prompt: QUESTION, completion: ANSWER}'
  );
}
