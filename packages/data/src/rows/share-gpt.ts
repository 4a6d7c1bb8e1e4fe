// ShareGPT's conversations: turns of `from` and `value`. They become messages; a call is written as
// JSON in a turn of its own and becomes the tool call of an assistant message.
import { isObject } from '../json/json-object.js';
import type { ChatMessage } from '../templates/chat-message.js';
import { kindOf, type RowReader } from './row-reader.js';
import { marksOf } from './training-marks.js';

const ROLES: Readonly<Record<string, string>> = {
  human: 'user',
  user: 'user',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bot: 'assistant',
  model: 'assistant',
  assistant: 'assistant',
  system: 'system',
  observation: 'tool',
  tool: 'tool',
  tool_response: 'tool',
  function_response: 'tool',
  function_call: 'call',
  tool_call: 'call',
};

/**
 * The messages of a conversation. Errors: `bad-data` (unknown roles, values that are not texts,
 * calls that are not JSON).
 */
export function shareGptMessages(
  row: RowReader,
  turns: readonly unknown[],
  place: string,
): readonly ChatMessage[] {
  return turns.map((turn, i) => {
    const at = `${place}[${i}]`;
    if (!isObject(turn))
      throw row.refuse(`${at} must be an object with "from" and "value", it is ${kindOf(turn)}`);
    const from = row.asText(turn['from'], `${at}.from`);
    const role = Object.hasOwn(ROLES, from.toLowerCase()) ? ROLES[from.toLowerCase()] : undefined;
    if (role === undefined)
      throw row.refuse(
        `${at}.from is ${JSON.stringify(from)}`,
        `known: ${Object.keys(ROLES).join(', ')}`,
      );
    const content = row.asText(turn['value'], `${at}.value`);
    const marks = marksOf(turn);
    return role === 'call'
      ? {
          ...marks,
          role: 'assistant',
          content: '',
          tool_calls: callsOf(row, content, `${at}.value`),
        }
      : { ...marks, role, content };
  });
}

function callsOf(row: RowReader, text: string, place: string): readonly unknown[] {
  const written = row.json(text, place);
  const calls: readonly unknown[] = Array.isArray(written) ? written : [written];
  return calls.map((call) => {
    if (!isObject(call) || typeof call['name'] !== 'string')
      throw row.refuse(`${place} must be the JSON of a call with "name" and "arguments"`);
    const given = call['arguments'] ?? {};
    const parsed = typeof given === 'string' ? row.json(given, `${place}.arguments`) : given;
    if (!isObject(parsed))
      throw row.refuse(`${place}.arguments must be an object, it is ${kindOf(parsed)}`);
    return { type: 'function', function: { name: call['name'], arguments: given } };
  });
}
