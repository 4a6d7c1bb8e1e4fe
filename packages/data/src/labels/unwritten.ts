// What messages hold and the template leaves out of the text: a model trained on it would not learn
// what the row is about.
import type { ChatMessage } from '../templates/chat-message.js';
import { isObject } from '../json/json-object.js';
import type { PlacedChat } from './placed-pieces.js';
import { REASONING_KEYS, reasoningKeysOf, rootOf } from './reasoning.js';

/** Numbers of the messages of which the text lacks something, ascending. */
export interface Unwritten {
  readonly reasoning: readonly number[];
  readonly calls: readonly number[];
}

const NOTHING: Unwritten = { reasoning: [], calls: [] };

export function unwrittenOf(messages: readonly ChatMessage[], { pieces }: PlacedChat): Unwritten {
  const asked: { readonly message: number; readonly part: string }[] = [];
  for (const [i, message] of messages.entries())
    if (message.role === 'assistant')
      for (const part of partsOf(message)) asked.push({ message: i, part });
  if (asked.length === 0) return NOTHING;
  const written = new Set<string>();
  for (const { message, key } of pieces)
    if (message !== undefined && key !== undefined) written.add(`${message} ${partOfKey(key)}`);
  const lost = asked.filter(
    ({ message, part }) =>
      !written.has(`${message} ${part}`) &&
      !(part !== REASONING && written.has(`${message} ${ALL_CALLS}`)),
  );
  const messagesOf = (isKind: (part: string) => boolean): number[] => [
    ...new Set(lost.filter(({ part }) => isKind(part)).map(({ message }) => message)),
  ];
  return {
    reasoning: messagesOf((part) => part === REASONING),
    calls: messagesOf((part) => part !== REASONING),
  };
}

const REASONING = 'reasoning';
const ALL_CALLS = 'tool_calls';

/** What should be written of a message: its reasoning, and each of its calls. */
function partsOf(message: ChatMessage): string[] {
  const parts = reasoningKeysOf(message).length > 0 ? [REASONING] : [];
  const calls = message['tool_calls'];
  if (Array.isArray(calls))
    for (const [i, call] of calls.entries()) if (isObject(call)) parts.push(`${ALL_CALLS}.${i}`);
  return parts;
}

/** The part that wrote this key; a key without a place within the calls wrote all of them. */
const partOfKey = (key: string): string =>
  REASONING_KEYS.has(rootOf(key)) ? REASONING : (/^tool_calls\.\d+/.exec(key)?.[0] ?? key);
