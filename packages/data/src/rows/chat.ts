// Chats: OpenAI's messages with tools, tool calls, names and reasoning. Unknown keys reach the
// template as they are; keys that are null are left out, because Parquet gives every message every
// key.
import { isObject, type JsonObject } from '../json/json-object.js';
import { objectOf } from '../json/ordered-object.js';
import type { ChatMessage } from '../templates/chat-message.js';
import type { ChatRow } from './parsed-row.js';
import { kindOf, type RowReader } from './row-reader.js';
import { callsOf, toolsOf } from './tool-calls.js';
import { takeMarks } from './training-marks.js';

/**
 * Checks what all chats must have and takes the marks of single messages out of them. Errors:
 * `bad-data`.
 */
export function chatOf(
  row: RowReader,
  written: readonly ChatMessage[],
  trainedFrom: number,
): ChatRow {
  const messages: ChatMessage[] = [];
  const [untrained, inVain]: [number[], number[]] = [[], []];
  let [answers, trained] = [0, 0];
  for (const [i, message] of written.entries()) {
    const { rest, isTrained } = takeMarks(row, message, `message ${i + 1}`);
    messages.push(rest as ChatMessage);
    if (isTrained === false) untrained.push(i);
    if (message.role === 'assistant') {
      answers++;
      if (i >= trainedFrom && isTrained !== false) trained++;
    } else if (isTrained === true) inVain.push(i);
  }
  const tools = toolsOf(row);
  if (trained === 0)
    throw row.refuse(
      answers > 0
        ? 'no assistant message of this chat is trained'
        : 'this chat has no assistant message, so there is nothing to train',
    );
  return {
    kind: 'chat',
    messages,
    tools,
    trainedFrom,
    ...(untrained.length === 0 ? {} : { untrained }),
    ...(inVain.length === 0 ? {} : { markedInVain: inVain }),
    source: row.source,
  };
}

/**
 * Roles in the templates of published models. Others are refused, because a misspelt one would be
 * rendered and never trained.
 */
const ROLES: ReadonlySet<string> = new Set([
  'system',
  'developer',
  'user',
  'assistant',
  'tool',
  'function',
  'ipython',
  'observation',
  'environment',
  'context',
  'documents',
  'document',
  'model',
  'critic',
  'latest_reminder',
]);

/** A list of messages. Errors: `bad-data`. */
export function messagesOf(row: RowReader, value: unknown, place: string): readonly ChatMessage[] {
  return listOfMessages(row, value, place).map((message, i) =>
    messageOf(row, message, `${place}[${i}]`),
  );
}

/** The elements of a column of messages, as they are written. Errors: `bad-data`. */
export function listOfMessages(row: RowReader, value: unknown, place: string): readonly unknown[] {
  // A column of CSV or Parquet can hold the list as JSON text only.
  const list =
    typeof value === 'string' && value.trimStart().startsWith('[') ? row.json(value, place) : value;
  if (!Array.isArray(list))
    throw row.refuse(`"${place}" must be a list of messages, it is ${kindOf(list)}`);
  if (list.length === 0) throw row.refuse(`"${place}" is empty`);
  return list;
}

function messageOf(row: RowReader, written: unknown, place: string): ChatMessage {
  if (!isObject(written))
    throw row.refuse(
      `${place} must be an object with "role" and "content", it is ${kindOf(written)}`,
    );
  const message = withoutNulls(written);
  const { role, content } = message;
  if (typeof role !== 'string' || role === '') {
    throw row.refuse(
      `${place}.role must be a text such as "user", it is ${kindOf(role)}`,
      'from' in message
        ? 'turns with "from" and "value" are ShareGPT: call the column conversations'
        : undefined,
    );
  }
  if (!ROLES.has(role))
    throw row.refuse(
      `${place}.role is ${JSON.stringify(role)}`,
      `known roles: ${[...ROLES].join(', ')}`,
    );
  const calls = callsOf(row, message, place);
  if (Array.isArray(content)) {
    for (const [i, part] of content.entries()) {
      if (!isObject(part) || part['type'] !== 'text' || typeof part['text'] !== 'string')
        throw row.refuse(
          `${place}.content[${i}] must be a text part ({"type": "text", "text": ...})`,
        );
    }
  } else if (content === undefined || content === null) {
    if (calls === undefined) throw row.refuse(`${place}.content is missing`);
  } else if (typeof content !== 'string') {
    throw row.refuse(`${place}.content must be a text, it is ${kindOf(content)}`);
  }
  if (message['reasoning_content'] !== undefined)
    row.asText(message['reasoning_content'], `${place}.reasoning_content`);
  if (calls === undefined && role !== 'function') return message as ChatMessage;
  const { function_call: _, ...rest } = message;
  return {
    ...rest,
    role: role === 'function' ? 'tool' : role,
    content: content ?? '',
    ...(calls === undefined ? {} : { tool_calls: calls }),
  };
}

/** The message itself where no key but its content is null. */
function withoutNulls(message: JsonObject): JsonObject {
  const isNull = (key: string): boolean => key !== 'content' && (message[key] ?? null) === null;
  const keys = Object.keys(message);
  return keys.some(isNull)
    ? objectOf(keys.filter((key) => !isNull(key)).map((key) => [key, message[key]]))
    : message;
}
