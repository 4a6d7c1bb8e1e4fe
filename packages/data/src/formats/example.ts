// What a row asks to be trained on, and how rows of one data set are to be understood. Formats are
// plain objects that can be sent to another thread.
import type { ColumnValues } from '@automodel/contracts';
import type { RowSource } from '../sources/row-source.js';
import type { ChatMessage } from '../templates/chat-template.js';

/** How the rows of a data set are read; `jsonl`: the columns of each row decide. */
export type ExampleType =
  'jsonl' | 'chat' | 'alpaca' | 'text' | 'column_mapped' | 'squad' | 'hellaswag' | 'xlam';

/** What a column can hold. */
export const COLUMN_ROLES = [
  'messages',
  'conversations',
  'tools',
  'system',
  'prompt',
  'completion',
  'text',
  'instruction',
  'input',
  'output',
  'history',
  'context',
  'question',
  'answer',
] as const;

export type ColumnRole = (typeof COLUMN_ROLES)[number];

/** Names of the columns of a file; each defaults to its own key. */
export type ColumnNames = { readonly [Role in ColumnRole]?: string | undefined };

/** How rows become examples. */
export interface ExampleFormat {
  /** Default `jsonl`. */
  readonly type?: ExampleType | undefined;
  readonly columns?: ColumnNames | undefined;
}

/** What every example says beside its texts. */
interface ExampleOrigin {
  readonly source: RowSource;
  /** What the row brings along for columns of a model's batch, by name. Absent: nothing. */
  readonly columns?: Readonly<Record<string, ColumnValues>> | undefined;
}

/**
 * A chat: every assistant message is trained but those before `trainedFrom` and those in
 * `untrained`.
 */
export interface ChatExample extends ExampleOrigin {
  readonly kind: 'chat';
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly unknown[] | undefined;
  /** Assistant messages before this index are context. */
  readonly trainedFrom: number;
  /** Indices of further assistant messages that are context (`weight: 0`). */
  readonly untrained?: readonly number[] | undefined;
}

/**
 * A prompt and what follows it; `chat` says the same in messages, for tokenizers with a chat
 * template.
 */
export interface CompletionExample extends ExampleOrigin {
  readonly kind: 'completion';
  /** Undefined where the row can only be written as a chat. */
  readonly prompt: string | undefined;
  readonly completion: string;
  readonly chat: ChatExample;
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
export interface ContinuationExample extends ExampleOrigin {
  readonly kind: 'continuation';
  readonly context: string;
  readonly target: string;
}

/** A text, all of it trained. */
export interface TextExample extends ExampleOrigin {
  readonly kind: 'text';
  readonly text: string;
}

export type Example = ChatExample | CompletionExample | ContinuationExample | TextExample;
