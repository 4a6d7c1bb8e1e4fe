// What a held-out row asks and what the answer must equal: the last assistant turn of a chat, or the completion after a prompt.
import { locationOf, type ChatMessage, type Example, type RowSource, type Tokenizer } from '@automodel/data';
import { AutomodelError } from '@automodel/core';

export interface Question {
  /** What the model is given. */
  readonly promptIds: readonly number[];
  /** What a person would call the question: the last turn before the answer. */
  readonly prompt: string;
  readonly expected: string;
  readonly source: RowSource;
}

/** A message's text: its content, or its text parts joined; undefined where it has none. */
function textOf(message: ChatMessage): string | undefined {
  const { content } = message;
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? content.map((part) => String((part as { text?: unknown }).text ?? '')).join('') : undefined;
}

function questionOfChat(tokenizer: Tokenizer, messages: readonly ChatMessage[], tools: readonly unknown[] | undefined, source: RowSource): Question {
  const last = messages.findLastIndex((message) => message.role === 'assistant');
  const expected = last === -1 ? undefined : textOf(messages[last]!);
  if (last < 1 || expected === undefined) throw new AutomodelError('bad-data', 'exact match needs an assistant message with text after another message', { location: locationOf(source) });
  const context = messages.slice(0, last);
  return { promptIds: tokenizer.encodeChat(context, { tools, addGenerationPrompt: true }), prompt: textOf(context.at(-1)!) ?? '', expected, source };
}

/** The question of a row; undefined for plain text, which asks nothing. Errors: `bad-data` naming the row. */
export function questionOf(tokenizer: Tokenizer, example: Example, useChatTemplate = tokenizer.chatTemplates.size > 0): Question | undefined {
  const { source } = example;
  if (example.kind === 'text') return undefined;
  if (example.kind === 'chat') return questionOfChat(tokenizer, example.messages, example.tools, source);
  const { prompt, completion } = example;
  if (useChatTemplate) return questionOfChat(tokenizer, [{ role: 'user', content: prompt }, { role: 'assistant', content: completion }], undefined, source);
  return { promptIds: [...tokenizer.surroundingTokens.before, ...tokenizer.encode(prompt, { addSpecialTokens: false })], prompt, expected: completion, source };
}
