// A prompt and what follows it, as a text and as the last turn of a chat.
import type { ChatMessage } from '../templates/chat-message.js';
import type { ChatRow, CompletionRow } from './parsed-row.js';
import type { RowReader } from './row-reader.js';

/** `before`: the chat up to the completion. */
export function completionOf(
  row: RowReader,
  prompt: string,
  completion: string,
  before: readonly ChatMessage[],
): CompletionRow {
  const messages = [...before, { role: 'assistant', content: completion }];
  const chat: ChatRow = {
    kind: 'chat',
    messages,
    tools: undefined,
    trainedFrom: messages.length - 1,
    source: row.source,
  };
  return {
    kind: 'completion',
    prompt,
    completion,
    chat,
    preferChat: undefined,
    border: 'text',
    source: row.source,
  };
}
