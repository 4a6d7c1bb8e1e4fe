// Chats: OpenAI's messages with tools, tool calls, names and reasoning. Unknown keys reach the
// template as they are; keys that are null are left out, because Parquet gives every message every
// key.
import { isObject, type JsonObject } from '../json/json-object.js';
import { objectOf } from '../json/ordered-object.js';
import { plainNumber } from '../json/plain-number.js';
import type { ChatMessage } from '../templates/chat-message.js';
import type { ChatRow } from './parsed-row.js';
import { kindOf, type RowReader } from './row-reader.js';

/**
 * Checks what all chats must have and takes the marks of untrained messages out of them. Errors:
 * `bad-data`.
 */
export function chatOf(
  row: RowReader,
  written: readonly ChatMessage[],
  trainedFrom: number,
): ChatRow {
  const untrained: number[] = [];
  const messages = written.map((message, i) => {
    const { weight, step_loss_mask: mask, ...rest } = message;
    for (const [key, written] of [
      ['weight', weight],
      ['step_loss_mask', mask],
    ] as const) {
      const value = plainNumber(written);
      if (value === undefined || value === 1 || value === true) continue;
      if (value !== 0 && value !== false)
        throw row.refuse(
          `message ${i + 1}: "${key}" must be 0 or 1, it is ${JSON.stringify(value)}`,
        );
      untrained.push(i);
    }
    return rest as ChatMessage;
  });
  const tools = toolsOf(row);
  const trained = messages.some(
    ({ role }, i) => role === 'assistant' && i >= trainedFrom && !untrained.includes(i),
  );
  if (!trained)
    throw row.refuse(
      messages.some(({ role }) => role === 'assistant')
        ? 'no assistant message of this chat is trained'
        : 'this chat has no assistant message, so there is nothing to train',
    );
  return {
    kind: 'chat',
    messages,
    tools,
    trainedFrom,
    ...(untrained.length === 0 ? {} : { untrained }),
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
  const message = objectOf(
    Object.entries(written).filter(
      ([key, value]) => key === 'content' || (value !== null && value !== undefined),
    ),
  );
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
  const calls =
    message['tool_calls'] === undefined
      ? {}
      : { tool_calls: toolCallsOf(row, message['tool_calls'], `${place}.tool_calls`) };
  if (Array.isArray(content)) {
    for (const [i, part] of content.entries()) {
      if (!isObject(part) || part['type'] !== 'text' || typeof part['text'] !== 'string')
        throw row.refuse(
          `${place}.content[${i}] must be a text part ({"type": "text", "text": ...})`,
        );
    }
  } else if (content === undefined || content === null) {
    if (message['tool_calls'] === undefined) throw row.refuse(`${place}.content is missing`);
  } else if (typeof content !== 'string') {
    throw row.refuse(`${place}.content must be a text, it is ${kindOf(content)}`);
  }
  if (message['reasoning_content'] !== undefined)
    row.asText(message['reasoning_content'], `${place}.reasoning_content`);
  return { ...message, ...calls, role };
}

/**
 * Tool calls: `{function: {name, arguments}}` or `{name, arguments}`; arguments an object or JSON
 * text.
 */
function toolCallsOf(row: RowReader, value: unknown, place: string): readonly JsonObject[] {
  return row.asList(value, place, 'tool calls').map((call, i) => {
    const at = `${place}[${i}]`;
    const written = isObject(call) && isObject(call['function']) ? call['function'] : call;
    if (!isObject(call) || !isObject(written))
      throw row.refuse(`${at} must be an object with "function", it is ${kindOf(call)}`);
    if (typeof written['name'] !== 'string' || written['name'] === '')
      throw row.refuse(`${at} must name its function, its name is ${kindOf(written['name'])}`);
    const parsed =
      typeof written['arguments'] === 'string'
        ? row.json(written['arguments'], `${at}.arguments`)
        : (written['arguments'] ?? {});
    if (!isObject(parsed))
      throw row.refuse(
        `${at}.arguments must be an object or its JSON text, it is ${kindOf(parsed)}`,
      );
    return objectOf(Object.entries(call).filter(([, entry]) => entry !== null));
  });
}

function toolsOf(row: RowReader): readonly unknown[] | undefined {
  if (!row.has('tools')) return undefined;
  const place = row.name('tools');
  const tools = row
    .asList(row.value('tools'), place, 'function schemas')
    .map((tool, i) => (typeof tool === 'string' ? row.json(tool, `${place}[${i}]`) : tool));
  const wrong = tools.find((tool) => !isObject(tool));
  if (wrong !== undefined)
    throw row.refuse(
      `"${place}" must be a list of function schemas, one of it is ${kindOf(wrong)}`,
    );
  return tools.length === 0 ? undefined : tools;
}
