// Small chats to try templates with: what a template does with a message often depends on what
// stands around it, so each message is tried in several chats.
import { AutomodelError } from '@automodel/core';
import type { ChatMessage } from './chat-message.js';
import type { ChatTemplate, RenderOptions } from './chat-template.js';

/** Stands in descriptions of the tool, and nowhere else. */
export const TRIED_TEXT = 'probe_text';

export const TRIED_TOOL = {
  type: 'function',
  function: {
    name: 'probe_name',
    description: TRIED_TEXT,
    parameters: {
      type: 'object',
      properties: { probe_key: { type: 'string', description: TRIED_TEXT } },
      required: ['probe_key'],
    },
  },
};

/** A call of the tool, its arguments as an object or as text. */
export const triedCall = (given: object | string): object => ({
  id: 'call00001',
  type: 'function',
  function: { name: TRIED_TOOL.function.name, arguments: given },
});

export const QUESTION: ChatMessage = { role: 'user', content: 'question' };
export const ANSWER: ChatMessage = { role: 'assistant', content: 'answer' };
export const RESULT: ChatMessage = {
  role: 'tool',
  name: TRIED_TOOL.function.name,
  tool_call_id: 'call00001',
  content: 'result',
};

/** A chat, and the tools that it is written with. */
export interface Trial {
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly unknown[] | undefined;
}

/** The chats with and without tools. */
export const withAndWithoutTools = (
  ...chats: readonly (readonly ChatMessage[])[]
): readonly Trial[] =>
  chats.flatMap((messages) => [{ messages }, { messages, tools: [TRIED_TOOL] }]);

/** The text of a chat, or the error of a template that refuses it. */
export function attempt(
  template: ChatTemplate,
  { messages, tools }: Trial,
  variables: RenderOptions['variables'],
): string | AutomodelError {
  try {
    return template.render(messages, { tools, variables });
  } catch (cause) {
    if (cause instanceof AutomodelError) return cause;
    throw cause;
  }
}

/** Whether any of the chats is written as `shows` says; undefined where all are refused. */
export function anyShows(
  template: ChatTemplate,
  trials: readonly Trial[],
  variables: RenderOptions['variables'],
  shows: (text: string) => boolean,
): boolean | undefined {
  let isWritten = false;
  for (const trial of trials) {
    const text = attempt(template, trial, variables);
    if (typeof text !== 'string') continue;
    if (shows(text)) return true;
    isWritten = true;
  }
  return isWritten ? false : undefined;
}
