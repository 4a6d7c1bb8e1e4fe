// What a chat template is given of a row: the messages as they are, but for the form of what
// templates take in different forms. Everything that renders rows renders what is prepared here.
import type { ChatMessage } from './chat-message.js';
import type { ChatTemplate, RenderOptions } from './chat-template.js';
import { withJoinedParts } from './text-parts.js';
import { withToolArguments } from './tool-arguments.js';

export interface PreparedChatOptions extends Pick<RenderOptions, 'tools' | 'variables'> {
  /** Row of the data, for errors. */
  readonly location: string;
}

/**
 * The messages of a row as `template` takes them: arguments of calls as objects or as text, text
 * parts joined where it does not write them as text. Errors: `unsupported` where it writes no
 * calls, or no tools.
 */
export function preparedChat(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: PreparedChatOptions,
): readonly ChatMessage[] {
  return withJoinedParts(
    template,
    withToolArguments(template, messages, options),
    options.variables,
  );
}
