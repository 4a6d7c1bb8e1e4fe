// Chats: OpenAI's messages, or ShareGPT's conversations, which become messages.
import { readByColumns, type ColumnLayout } from '../rows/by-columns.js';
import { chatOf, listOfMessages, messagesOf } from '../rows/chat.js';
import type { ChatRow } from '../rows/parsed-row.js';
import type { RowReader } from '../rows/row-reader.js';
import { shareGptMessages } from '../rows/share-gpt.js';
import { isObject } from '../json/json-object.js';
import type { RowFormat } from './row-format.js';

/** The chat in the column `messages` or `conversations`. Errors: `bad-data`. */
function chatRow(row: RowReader): ChatRow {
  const role = row.has('messages') ? 'messages' : 'conversations';
  if (role === 'messages')
    return chatOf(row, messagesOf(row, row.value('messages'), row.name('messages')), 0);
  const place = row.name('conversations');
  const list = listOfMessages(row, row.value('conversations'), place);
  const messages = list.some((turn) => isObject(turn) && turn['from'] !== undefined)
    ? shareGptMessages(row, list, place)
    : messagesOf(row, list, place);
  const system = row.optionalText('system');
  if (system === '') return chatOf(row, messages, 0);
  if (messages[0]?.role === 'system')
    throw row.refuse(
      `this chat has a system message in "${place}" and another in "${row.name('system')}"`,
      'keep one of the two',
    );
  return chatOf(row, [{ role: 'system', content: system }, ...messages], 0);
}

/** The columns by which a chat is recognised. */
export const CHAT_LAYOUTS: readonly ColumnLayout[] = [
  { columns: ['messages'], read: chatRow },
  { columns: ['conversations'], read: chatRow },
];

/** The columns of chats in words. */
export const chatColumns = (row: RowReader): string =>
  `"${row.name('messages')}" or "${row.name('conversations')}"`;

export const chat: RowFormat = {
  type: 'chat',
  about: 'messages or ShareGPT conversations',
  columns: ['messages', 'conversations', 'system', 'tools'],
  keys: [
    'column_mapping',
    'use_hf_chat_template',
    'mask_history',
    'mask_reasoning_content',
    'append_eos',
  ],
  fixed: {
    use_hf_chat_template: {
      value: true,
      because: 'only a chat template can write messages',
    },
  },
  appendsEos: true,
  nemo: [{ module: 'llm.chat_dataset', name: 'ChatDataset' }],
  read: (row) =>
    readByColumns(row, CHAT_LAYOUTS, () => ({
      is: `no chat (${chatColumns(row)})`,
      hint:
        'name the column of the messages in the recipe: dataset.column_mapping: {messages: ' +
        'COLUMN}',
    })),
};
