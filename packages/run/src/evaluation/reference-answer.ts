// The question of a held-out row and the answer it expects: the last assistant turn of a chat, or
// the completion after a prompt.
import {
  locationOf,
  preparedChat,
  type ChatRow,
  type ChatMessage,
  type ParsedRow,
  type RowSource,
  type Tokenizer,
} from '@automodel/data';
import { AutomodelError } from '@automodel/core';

export interface Question {
  /** What the model reads. */
  readonly promptIds: readonly number[];
  /** What a person would call the question: the last turn before the answer. */
  readonly prompt: string;
  readonly expected: string;
  readonly source: RowSource;
}

/** A message's text: its content, or its text parts joined; undefined if it has none. */
export function messageText(message: ChatMessage): string | undefined {
  const { content } = message;
  if (typeof content === 'string') return content;
  return Array.isArray(content)
    ? content.map((part) => String((part as { text?: unknown }).text ?? '')).join('')
    : undefined;
}

function questionOfChat(
  tokenizer: Tokenizer,
  { messages: written, tools, source }: ChatRow,
): Question {
  const messages = preparedChat(tokenizer.chatTemplate(tools), written, {
    tools,
    location: locationOf(source),
  });
  const last = messages.findLastIndex((message) => message.role === 'assistant');
  const expected = last === -1 ? undefined : messageText(messages[last]!);
  if (last < 1 || expected === undefined)
    throw new AutomodelError(
      'bad-data',
      'exact match needs an assistant message with text after another message',
      { location: locationOf(source) },
    );
  const context = messages.slice(0, last);
  return {
    promptIds: tokenizer.encodeChat(context, { tools, addGenerationPrompt: true }),
    prompt: messageText(context.at(-1)!) ?? '',
    expected,
    source,
  };
}

/**
 * The question of a row; undefined for plain text, which has none. `useChatTemplate` as in
 * training. Errors: `bad-data` naming the row.
 */
export function questionOf(
  tokenizer: Tokenizer,
  row: ParsedRow,
  useChatTemplate?: boolean,
): Question | undefined {
  const { source } = row;
  const asked = (prompt: string, expected: string): Question => ({
    promptIds: [
      ...tokenizer.surroundingTokens.before,
      ...tokenizer.encode(prompt, { addSpecialTokens: false }),
    ],
    prompt,
    expected,
    source,
  });
  switch (row.kind) {
    case 'text':
      return undefined;
    case 'chat':
      return questionOfChat(tokenizer, row);
    case 'continuation':
      return asked(row.context, row.target);
    case 'completion':
      if (useChatTemplate ?? row.preferChat ?? tokenizer.chatTemplates.size > 0)
        return questionOfChat(tokenizer, row.chat);
      if (row.prompt === undefined)
        throw new AutomodelError(
          'bad-data',
          'a row with a system text or earlier turns can only be asked as a chat',
          { location: locationOf(source) },
        );
      return asked(row.prompt, row.completion);
  }
}
