// Which characters of a rendered chat are an assistant's reasoning: what a key of reasoning wrote,
// and of `content` what stands up to `</think>`.
import type { ChatMessage } from '../templates/chat-message.js';
import type { PlacedChat, PlacedPiece } from './placed-pieces.js';
import type { TextSpan } from './text-span.js';

/** Keys of a message that hold reasoning, in templates of published models. */
export const REASONING_KEYS: ReadonlySet<string> = new Set([
  'reasoning_content',
  'reasoning',
  'thinking',
  'thought',
  'tool_plan',
]);

/** The keys under which a message has reasoning. Every message of every row is asked. */
export function reasoningKeysOf(message: ChatMessage | undefined): readonly string[] {
  const keys: string[] = [];
  for (const key of REASONING_KEYS) {
    const value = message?.[key];
    if (typeof value === 'string' && value.trim() !== '') keys.push(key);
  }
  return keys;
}

const END_OF_REASONING = '</think>';

/** The reasoning of `message`, which is number `index`, ascending. */
export function reasoningSpans(
  { pieces }: PlacedChat,
  message: ChatMessage,
  index: number,
): TextSpan[] {
  const { content } = message;
  const end = typeof content === 'string' ? content.indexOf(END_OF_REASONING) : -1;
  const length = end < 0 ? 0 : end + END_OF_REASONING.length;
  return pieces.flatMap((piece) => {
    if (piece.message !== index || piece.key === undefined) return [];
    if (REASONING_KEYS.has(rootOf(piece.key))) return [piece];
    return piece.key === 'content' ? withinReasoning(piece, length) : [];
  });
}

function withinReasoning({ start, end, keyStart }: PlacedPiece, length: number): TextSpan[] {
  if (keyStart === undefined || keyStart >= length) return [];
  return [{ start, end: Math.min(end, start + length - keyStart) }];
}

/** The key of the message: `tool_calls` of `tool_calls.0.function.name`. */
export const rootOf = (key: string): string => key.split('.', 1)[0] ?? key;
