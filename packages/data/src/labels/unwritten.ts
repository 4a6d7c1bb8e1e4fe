// What messages hold and the template leaves out of the text: a model trained on it would not learn
// what the row is about.
import type { ChatMessage } from '../templates/chat-message.js';
import { isObject } from '../json/json-object.js';
import type { PlacedChat } from './placed-pieces.js';
import { REASONING_KEYS, rootOf } from './reasoning.js';

/** Numbers of messages of which the text lacks something. */
export interface Unwritten {
  readonly reasoning: number;
  readonly calls: number;
}

const NOTHING: Unwritten = { reasoning: 0, calls: 0 };

export function unwrittenOf(messages: readonly ChatMessage[], { pieces }: PlacedChat): Unwritten {
  const asked = messages.flatMap((message, i) =>
    message.role === 'assistant' ? partsOf(message).map((part) => `${i} ${part}`) : [],
  );
  if (asked.length === 0) return NOTHING;
  const written = new Set<string>();
  for (const { message, key } of pieces)
    if (message !== undefined && key !== undefined)
      for (const part of partsOfKey(key)) written.add(`${message} ${part}`);
  const lost = asked.filter((part) => !written.has(part));
  const messagesOf = (kind: string): number =>
    new Set(lost.filter((part) => part.includes(kind)).map((part) => part.split(' ', 1)[0])).size;
  return { reasoning: messagesOf(' reasoning'), calls: messagesOf(' call') };
}

/** What should be written of a message: its reasoning, and each of its calls. */
function partsOf(message: ChatMessage): string[] {
  const parts: string[] = [];
  for (const key of REASONING_KEYS)
    if (typeof message[key] === 'string' && message[key].trim() !== '') parts.push('reasoning');
  const calls = message['tool_calls'];
  if (Array.isArray(calls))
    for (const [i, call] of calls.entries()) if (isObject(call)) parts.push(`call ${i}`);
  return parts;
}

/** A key without a place within the calls wrote all of them. */
function partsOfKey(key: string): readonly string[] {
  if (REASONING_KEYS.has(rootOf(key))) return ['reasoning'];
  const call = /^tool_calls\.(\d+)/.exec(key)?.[1];
  return call === undefined ? [] : [`call ${call}`];
}
