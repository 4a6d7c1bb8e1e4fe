// Rows of any of several kinds: the columns of each row decide how it is read.
import { readByColumns, type ColumnLayout } from '../rows/by-columns.js';
import { chatOf, messagesOf } from '../rows/chat.js';
import { completionOf } from '../rows/completion.js';
import type { ChatRow, CompletionRow } from '../rows/parsed-row.js';
import type { RowReader } from '../rows/row-reader.js';
import { alpaca } from './alpaca.js';
import { chat, CHAT_LAYOUTS, chatColumns } from './chat.js';
import { FORMAT_KEYS, type RowFormat } from './row-format.js';
import { text } from './text.js';

/** Layouts other than chats, in the order in which errors name them. */
const OTHERS: readonly ColumnLayout[] = [
  { columns: ['prompt', 'completion'], read: promptRow },
  { columns: ['instruction', 'output'], read: alpaca.read },
  { columns: ['text'], read: text.read },
];

const LAYOUTS = [...CHAT_LAYOUTS, ...OTHERS];

export const jsonl: RowFormat = {
  type: 'jsonl',
  about: 'the columns of each row decide',
  columns: ['prompt', 'completion', ...chat.columns, ...alpaca.columns, ...text.columns],
  keys: FORMAT_KEYS,
  appendsEos: true,
  nemo: [],
  read: (row) =>
    readByColumns(row, LAYOUTS, () => ({
      is: [`neither a chat (${chatColumns(row)})`, ...OTHERS.map(columnsOf(row))].join(', nor '),
      hint: hintFor(row),
    })),
};

const columnsOf =
  (row: RowReader) =>
  ({ columns }: ColumnLayout): string =>
    columns.map((column) => `"${row.name(column)}"`).join(' with ');

function hintFor({ row }: RowReader): string {
  if ('answers' in row && 'context' in row && 'question' in row)
    return 'this looks like SQuAD: set type: squad';
  if ('endings' in row && 'ctx' in row) return 'this looks like HellaSwag: set type: hellaswag';
  return (
    'name the columns of question and answer: --columns QUESTION,ANSWER of init and evaluate; ' +
    'in a recipe dataset.column_mapping: {prompt: QUESTION, completion: ANSWER}'
  );
}

/** `prompt` and `completion`, texts or lists of messages. */
function promptRow(row: RowReader): ChatRow | CompletionRow {
  const [prompt, completion] = [row.value('prompt'), row.value('completion')];
  if (Array.isArray(prompt) || Array.isArray(completion)) {
    const context = Array.isArray(prompt)
      ? messagesOf(row, prompt, row.name('prompt'))
      : [{ role: 'user', content: row.text('prompt') }];
    const answer = Array.isArray(completion)
      ? messagesOf(row, completion, row.name('completion'))
      : [{ role: 'assistant', content: row.text('completion') }];
    return chatOf(row, [...context, ...answer], context.length);
  }
  if (row.has('tools')) throw row.refuse(`"${row.name('tools')}" needs a chat`);
  return completionOf(row, row.text('prompt'), row.text('completion'), [
    { role: 'user', content: row.text('prompt') },
  ]);
}
