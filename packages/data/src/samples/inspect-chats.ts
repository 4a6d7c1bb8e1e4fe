// What a chat template makes of chats, for a person or a program to look at: text, trained parts,
// how turns end, ids. A chat is read, prepared and rendered as a row of a training run is.
import { AutomodelError } from '@automodel/core';
import { labelText, type LabelledTokens } from '../labels/label-text.js';
import {
  renderChatRow,
  type ChatOptions,
  type ChatWriter,
  type RenderedRow,
} from '../labels/render-chat-row.js';
import type { AssistantTurn } from '../labels/assistant-turns.js';
import { joinedSpans, type TextSpan } from '../labels/text-span.js';
import { tokenAt } from '../labels/turn-end.js';
import type { ChatRow } from '../rows/parsed-row.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { chatRemarks } from './chat-remarks.js';
import { parseRow } from './parse-row.js';
import type { TallyName } from './row-tallies.js';
import type { NamedChat } from './sample-chats.js';

/** What chats are written with. */
export interface InspectedTemplate {
  readonly writer: ChatWriter;
  /** Without one there are no ids, and special tokens are those that `writer` knows. */
  readonly tokenizer?: Tokenizer | undefined;
  /** Texts of the tokens at which the model stops. Default: they are not known. */
  readonly stopTokens?: readonly string[] | undefined;
}

/** The end of an assistant's turn. */
export interface InspectedTurn {
  /** Index into the messages. */
  readonly message: number;
  /** False where nothing of the message is trained; its end is then not known. */
  readonly isTrained: boolean;
  /** The special token at its end; undefined where it has none that is known. */
  readonly endToken: string | undefined;
  /** Whether that token is trained. */
  readonly isEndTrained: boolean;
  /** Whether the model stops there; undefined where that is not known. */
  readonly stops: boolean | undefined;
}

/** Characters that are all trained, or all only read. */
export interface TextPiece {
  readonly text: string;
  readonly trained: boolean;
}

/** A chat as its template writes it. */
export interface InspectedChat extends Pick<RenderedRow, 'text' | 'messages'> {
  readonly tools: readonly unknown[] | undefined;
  /** The text in parts that are trained and parts that are only read, in turn. */
  readonly pieces: readonly TextPiece[];
  /** The texts of what is trained; parts that touch are one. */
  readonly trained: readonly string[];
  /** One for each message of the assistant. */
  readonly turns: readonly InspectedTurn[];
  readonly remarks: readonly TallyName[];
  /** Undefined without a tokenizer. */
  readonly tokens: LabelledTokens | undefined;
}

/** A chat, or why there is none. */
export type ChatInspection =
  | { readonly name: string; readonly chat: InspectedChat }
  | { readonly name: string; readonly error: AutomodelError };

/**
 * Renders chats one after the other, with what of them is trained. A chat that cannot be read or
 * rendered has the error that a training run would end with; the others go on. Errors: those of
 * reading `chats`.
 */
export async function* inspectChats(
  template: InspectedTemplate,
  chats: Iterable<NamedChat> | AsyncIterable<NamedChat>,
  options: Omit<ChatOptions, 'stopTokens'> = {},
): AsyncGenerator<ChatInspection> {
  for await (const chat of chats) yield inspectChat(template, chat, options);
}

/** The same for one chat. */
export function inspectChat(
  template: InspectedTemplate,
  { name, value, source }: NamedChat,
  options: Omit<ChatOptions, 'stopTokens'> = {},
): ChatInspection {
  try {
    const row = parseRow(value, source, { type: 'chat' });
    if (row.kind !== 'chat')
      throw new AutomodelError('internal', `the dataset type chat read a ${row.kind}`);
    return { name, chat: inspected(template, row, options) };
  } catch (error) {
    if (error instanceof AutomodelError && error.code !== 'internal') return { name, error };
    throw error;
  }
}

function inspected(
  template: InspectedTemplate,
  row: ChatRow,
  options: Omit<ChatOptions, 'stopTokens'>,
): InspectedChat {
  const { writer, tokenizer, stopTokens } = template;
  const rendered = renderChatRow(writer, row, { ...options, stopTokens });
  const { text, messages } = rendered;
  const spans = joinedSpans(rendered.turns.flatMap((turn) => turn.spans));
  return {
    text,
    messages,
    tools: row.tools,
    pieces: piecesOf(text, spans),
    trained: spans.map(({ start, end }) => text.slice(start, end)),
    turns: turnsOf(rendered, template),
    remarks: chatRemarks(row, rendered),
    tokens: tokenizer && labelText(tokenizer, text, spans),
  };
}

function piecesOf(text: string, spans: readonly TextSpan[]): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let at = 0;
  for (const { start, end } of spans) {
    pieces.push({ text: text.slice(at, start), trained: false });
    pieces.push({ text: text.slice(start, end), trained: true });
    at = end;
  }
  pieces.push({ text: text.slice(at), trained: false });
  return pieces.filter((piece) => piece.text !== '');
}

function turnsOf(
  { text, messages, turns }: RenderedRow,
  { writer, stopTokens }: InspectedTemplate,
): InspectedTurn[] {
  return messages.flatMap(({ role }, message) => {
    if (role !== 'assistant') return [];
    const turn = turns.find((each) => each.message === message);
    const endToken = turn && (turn.endToken ?? tokenBehind(text, turn, writer));
    return [
      {
        message,
        isTrained: turn !== undefined && turn.spans.length > 0,
        endToken,
        isEndTrained: turn?.endToken !== undefined,
        stops: endToken === undefined ? undefined : stopTokens?.includes(endToken),
      },
    ];
  });
}

/** The special token that follows a turn and is not trained: marks may leave it out. */
function tokenBehind(
  text: string,
  { spans }: AssistantTurn,
  { specialTexts }: ChatWriter,
): string | undefined {
  const end = spans.at(-1)?.end;
  return end === undefined ? undefined : tokenAt(text, end, specialTexts);
}
