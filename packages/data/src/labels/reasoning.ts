// Leaves the assistant's reasoning out of what a chat trains. To find it, the chat is rendered once
// more without it: the tokens that are missing then are the reasoning, however the template writes
// it.
import type { ChatMessage } from '../templates/chat-template.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { IGNORE_INDEX, type LabelledTokens } from './label-text.js';

/**
 * `tokens` of `messages` with the reasoning of each assistant message unlabelled. A template that
 * leaves reasoning out of earlier turns leaves nothing to take out.
 */
export function withoutReasoning(
  tokenizer: Tokenizer,
  tokens: LabelledTokens,
  messages: readonly ChatMessage[],
  render: (messages: readonly ChatMessage[]) => string,
): LabelledTokens {
  const labels = [...tokens.labels];
  for (const [i, message] of messages.entries()) {
    const silent = withoutIt(message);
    if (silent === undefined) continue;
    const others = tokenizer.encode(
      render(messages.map((other, j) => (i === j ? silent : other))),
      { addSpecialTokens: false },
    );
    const { start, end } = difference(tokens.inputIds, others);
    labels.fill(IGNORE_INDEX, start, end);
  }
  return { inputIds: tokens.inputIds, labels };
}

/** The message without its reasoning; undefined where it has none. */
function withoutIt(message: ChatMessage): ChatMessage | undefined {
  if (message.role !== 'assistant') return undefined;
  const { reasoning_content: reasoning, content } = message;
  if (typeof reasoning === 'string' && reasoning !== '')
    return { ...message, reasoning_content: '' };
  const end = typeof content === 'string' ? content.indexOf(END_OF_REASONING) : -1;
  return end < 0
    ? undefined
    : { ...message, content: (content as string).slice(end + END_OF_REASONING.length).trimStart() };
}

const END_OF_REASONING = '</think>';

/** The part of `ids` between what both begin with and what both end with. */
function difference(
  ids: readonly number[],
  others: readonly number[],
): { readonly start: number; readonly end: number } {
  const shorter = Math.min(ids.length, others.length);
  let start = 0;
  while (start < shorter && ids[start] === others[start]) start++;
  let suffix = 0;
  while (
    suffix < shorter - start &&
    ids[ids.length - 1 - suffix] === others[others.length - 1 - suffix]
  )
    suffix++;
  return { start, end: Math.max(start, ids.length - suffix) };
}
