// A chat of a row as a training run renders it: its messages prepared for the template, the text,
// and what of it is trained. There is no other way from a row to its text.
import { renderAssistantTurns, type RenderedChat } from './assistant-turns.js';
import type { ChatRow } from '../rows/parsed-row.js';
import { locationOf } from '../sources/row-source.js';
import type { ChatMessage } from '../templates/chat-message.js';
import type { ChatTemplate } from '../templates/chat-template.js';
import { preparedChat } from '../templates/prepared-chat.js';

/** What a chat is rendered with. A `Tokenizer` is one. */
export interface ChatWriter {
  /** The template for a chat with these tools. Errors: `missing-tokenizer` where there is none. */
  chatTemplate(tools?: readonly unknown[]): ChatTemplate;
  /** Texts of all special tokens. */
  readonly specialTexts: readonly string[];
}

/** What of a chat is trained, and what its template is given. */
export interface ChatOptions {
  /** Train only the last assistant turn of a chat. Default false: all of them. */
  readonly maskHistory?: boolean | undefined;
  /**
   * Do not train what the assistant's reasoning (`reasoning_content`, or `<think>` in the content)
   * adds to a chat. Default false.
   */
  readonly maskReasoning?: boolean | undefined;
  /**
   * Texts of the tokens at which the model stops: one that follows a turn without an end of its own
   * is trained. Default: none is known.
   */
  readonly stopTokens?: readonly string[] | undefined;
  /** Further variables of the chat template. */
  readonly templateVariables?: Readonly<Record<string, unknown>> | undefined;
}

export interface RenderedRow extends RenderedChat {
  /** What the template was given. */
  readonly messages: readonly ChatMessage[];
}

/**
 * Renders a chat. Errors: `bad-data` naming the row (the template refuses it), `unsupported` (a
 * template without tools), `missing-tokenizer` (no template).
 */
export function renderChatRow(
  writer: ChatWriter,
  row: ChatRow,
  options: ChatOptions = {},
): RenderedRow {
  const { tools } = row;
  const location = locationOf(row.source);
  const template = writer.chatTemplate(tools);
  const variables = options.templateVariables;
  const messages = preparedChat(template, row.messages, { tools, variables, location });
  const rendered = renderAssistantTurns(template, messages, {
    tools,
    variables,
    specialTokens: writer.specialTexts,
    stopTokens: options.stopTokens,
    from: row.trainedFrom,
    untrained: row.untrained,
    maskHistory: options.maskHistory,
    maskReasoning: options.maskReasoning,
    location,
  });
  return { ...rendered, messages };
}
