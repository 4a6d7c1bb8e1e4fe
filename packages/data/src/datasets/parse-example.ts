// Recognises what a row holds by its columns and checks the types: a chat (`messages`), a prompt with its completion, or plain text.
// A row that fits none or several, or whose values have other types, is refused with file, row and column.
import { AutomodelError } from '@automodel/core';
import type { ChatMessage } from '../tokenizer/chat-template.js';
import { isObject, type JsonObject } from '../tokenizer/tokenizer-files.js';
import { locationOf, type RowSource } from './sample.js';

/** Names of the columns of a file; each defaults to its own key. */
export interface ColumnNames {
  readonly messages?: string | undefined;
  readonly tools?: string | undefined;
  readonly prompt?: string | undefined;
  readonly completion?: string | undefined;
  readonly text?: string | undefined;
}

/** What a row asks to be trained on. */
export type Example =
  | {
      readonly kind: 'chat';
      readonly messages: readonly ChatMessage[];
      readonly tools: readonly unknown[] | undefined;
      /** Assistant messages before this index are context. */
      readonly trainedFrom: number;
      readonly source: RowSource;
    }
  | { readonly kind: 'completion'; readonly prompt: string; readonly completion: string; readonly source: RowSource }
  | { readonly kind: 'text'; readonly text: string; readonly source: RowSource };

/** Reads one row. Errors: `bad-data` at file:row. */
export function parseExample(row: JsonObject, source: RowSource, columns: ColumnNames = {}): Example {
  const name = (key: keyof ColumnNames): string => columns[key] ?? key;
  const has = (key: keyof ColumnNames): boolean => row[name(key)] !== undefined && row[name(key)] !== null;
  const formats = [has('messages') ? 'messages' : '', has('prompt') && has('completion') ? 'prompt and completion' : '', has('text') ? 'text' : ''].filter((format) => format !== '');
  const refuse = (message: string, hint?: string): AutomodelError => new AutomodelError('bad-data', message, { location: locationOf(source), hint });
  if (formats.length === 0) {
    const half = has('prompt') || has('completion') ? `"${name(has('prompt') ? 'prompt' : 'completion')}" without "${name(has('prompt') ? 'completion' : 'prompt')}"` : `columns ${Object.keys(row).map((key) => `"${key}"`).join(', ') || '(none)'}`;
    throw refuse(`this row is neither a chat ("${name('messages')}"), nor "${name('prompt')}" with "${name('completion')}", nor "${name('text')}": it has ${half}`, 'name your columns with a column mapping');
  }
  if (formats.length > 1) throw refuse(`this row fits several formats: ${formats.join('; ')}`, 'map the unwanted column to another name, or remove it from the file');
  const tools = has('tools') ? toolsOf(row[name('tools')], name('tools'), refuse) : undefined;
  if (has('messages')) return chatOf(messagesOf(row[name('messages')], name('messages'), refuse), tools, 0, source, refuse);
  if (has('text')) return { kind: 'text', text: textOf(row[name('text')], name('text'), refuse), source };
  const [prompt, completion] = [row[name('prompt')], row[name('completion')]];
  if (Array.isArray(prompt) || Array.isArray(completion)) {
    const context = Array.isArray(prompt) ? messagesOf(prompt, name('prompt'), refuse) : [{ role: 'user', content: textOf(prompt, name('prompt'), refuse) }];
    const answer = Array.isArray(completion) ? messagesOf(completion, name('completion'), refuse) : [{ role: 'assistant', content: textOf(completion, name('completion'), refuse) }];
    return chatOf([...context, ...answer], tools, context.length, source, refuse);
  }
  if (tools !== undefined) throw refuse(`"${name('tools')}" needs a chat`);
  return { kind: 'completion', prompt: textOf(prompt, name('prompt'), refuse), completion: textOf(completion, name('completion'), refuse), source };
}

type Refuse = (message: string, hint?: string) => AutomodelError;

function chatOf(messages: readonly ChatMessage[], tools: readonly unknown[] | undefined, trainedFrom: number, source: RowSource, refuse: Refuse): Example {
  if (!messages.slice(trainedFrom).some((message) => message.role === 'assistant')) throw refuse('this chat has no assistant message, so there is nothing to train');
  return { kind: 'chat', messages, tools, trainedFrom, source };
}

function textOf(value: unknown, column: string, refuse: Refuse): string {
  if (typeof value === 'string') return value;
  throw refuse(`"${column}" must be a text, it is ${kindOf(value)}`);
}

function toolsOf(value: unknown, column: string, refuse: Refuse): readonly unknown[] {
  let tools = value;
  if (typeof value === 'string') {
    try {
      tools = JSON.parse(value);
    } catch {
      throw refuse(`"${column}" is a text that is not JSON`);
    }
  }
  if (Array.isArray(tools) && tools.every(isObject)) return tools;
  throw refuse(`"${column}" must be a list of function schemas, it is ${kindOf(tools)}`);
}

function messagesOf(value: unknown, column: string, refuse: Refuse): readonly ChatMessage[] {
  if (!Array.isArray(value)) throw refuse(`"${column}" must be a list of messages, it is ${kindOf(value)}`);
  if (value.length === 0) throw refuse(`"${column}" is empty`);
  return value.map((message: unknown, i) => messageOf(message, `${column}[${i}]`, refuse));
}

function messageOf(message: unknown, place: string, refuse: Refuse): ChatMessage {
  if (!isObject(message)) throw refuse(`${place} must be an object with "role" and "content", it is ${kindOf(message)}`);
  const { role, content } = message;
  if (typeof role !== 'string' || role === '') {
    throw refuse(`${place}.role must be a text such as "user", it is ${kindOf(role)}`, 'from' in message ? 'rows with "from" and "value" are ShareGPT: write them as "role" and "content"' : undefined);
  }
  if (Array.isArray(content)) {
    for (const [i, part] of content.entries()) {
      if (!isObject(part) || part['type'] !== 'text' || typeof part['text'] !== 'string') throw refuse(`${place}.content[${i}] must be a text part ({"type": "text", "text": ...})`);
    }
  } else if (content === undefined || content === null) {
    if (message['tool_calls'] === undefined) throw refuse(`${place}.content is missing`);
  } else if (typeof content !== 'string') {
    throw refuse(`${place}.content must be a text, it is ${kindOf(content)}`);
  }
  return { ...message, role };
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
