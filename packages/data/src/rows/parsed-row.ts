// What a row asks to be trained on, whatever its columns are called: what a format makes of it, and
// what tokenising takes.
import type { ColumnValues } from '@automodel/contracts';
import type { RowSource } from '../sources/row-source.js';
import type { ChatMessage } from '../templates/chat-message.js';

/** What every row has beside its texts. */
interface OfRow {
  readonly source: RowSource;
  /** What the row brings along for columns of a model's batch, by name. Absent: nothing. */
  readonly columns?: Readonly<Record<string, ColumnValues>> | undefined;
}

/**
 * A chat: every assistant message is trained but those before `trainedFrom` and those in
 * `untrained`.
 */
export interface ChatRow extends OfRow {
  readonly kind: 'chat';
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly unknown[] | undefined;
  /** Assistant messages before this index are context. */
  readonly trainedFrom: number;
  /** Indices of further assistant messages that are context (`train: false`, `weight: 0`). */
  readonly untrained?: readonly number[] | undefined;
  /** Indices of messages that are marked as trained and are not the assistant's. */
  readonly markedInVain?: readonly number[] | undefined;
}

/**
 * A prompt and what follows it; `chat` says the same in messages, for tokenizers with a chat
 * template.
 */
export interface CompletionRow extends OfRow {
  readonly kind: 'completion';
  /** Undefined where the row can only be written as a chat. */
  readonly prompt: string | undefined;
  readonly completion: string;
  readonly chat: ChatRow;
  /**
   * Use the chat template where nothing else is asked for. Undefined: where the tokenizer has one.
   */
  readonly preferChat: boolean | undefined;
  /**
   * How prompt and completion are told apart where no template is used. `text`: by where the
   * completion begins in the text, with eos. `tokens`: NeMo's way, as many tokens as the prompt
   * alone has, with eos only where the tokenizer adds it.
   */
  readonly border: 'text' | 'tokens';
}

/** A context and its continuation, tokenised separately (NeMo's HellaSwag). */
export interface ContinuationRow extends OfRow {
  readonly kind: 'continuation';
  readonly context: string;
  readonly target: string;
}

/** A text, all of it trained. */
export interface TextRow extends OfRow {
  readonly kind: 'text';
  readonly text: string;
}

export type ParsedRow = ChatRow | CompletionRow | ContinuationRow | TextRow;
