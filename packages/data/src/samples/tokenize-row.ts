// Turns one row, as its format reads it, into ids and labels: the assistant's turns of a chat, the
// completion after a prompt, or a whole text.
import { AutomodelError } from '@automodel/core';
import { chatRemarks } from './chat-remarks.js';
import type { TallyName } from './row-tallies.js';
import type { AssistantTurn, TextSpan } from '../labels/assistant-turns.js';
import { IGNORE_INDEX, labelText, type LabelledTokens } from '../labels/label-text.js';
import { renderChatRow, type ChatOptions } from '../labels/render-chat-row.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import type { ChatRow, CompletionRow, ContinuationRow, ParsedRow } from '../rows/parsed-row.js';
import { locationOf } from '../sources/row-source.js';
import type { ListedSample } from './sample.js';

export interface TokenizeOptions extends ChatOptions {
  /**
   * Write a prompt and its completion as a user and an assistant turn. Default: whether the
   * tokenizer has a chat template; false for mapped columns.
   */
  readonly useChatTemplate?: boolean | undefined;
  /**
   * End texts and completions (where no template is used) with the eos token, trained. Default
   * true; false for mapped columns, SQuAD and HellaSwag, as in NeMo. For chats: add it where the
   * template does not end the last answer with a special token. Default false.
   */
  readonly appendEos?: boolean | undefined;
}

export interface TokenizedRow {
  readonly sample: ListedSample;
  /**
   * False when a chat was trained without a special token that ends a turn, or a text without eos:
   * a model may then never stop.
   */
  readonly endOfTurnTrained: boolean;
  /**
   * True where a row without trained tokens is left out instead of being an error: as NeMo counts,
   * nothing of an answer is trained whose one token joins the space before it.
   */
  readonly mayBeUntrained?: boolean | undefined;
  /** What else is to be said of the row. */
  readonly remarks?: readonly TallyName[] | undefined;
}

/**
 * Tokenises one row. Errors: `bad-data` naming the row (template refuses it),
 * `missing-tokenizer` (no template, no eos), `unsupported` (a template without tools).
 */
export function tokenizeRow(
  tokenizer: Tokenizer,
  row: ParsedRow,
  options: TokenizeOptions = {},
): TokenizedRow {
  const tokenized = tokenizeText(tokenizer, row, options);
  const { columns } = row;
  return columns === undefined
    ? tokenized
    : { ...tokenized, sample: { ...tokenized.sample, columns } };
}

/** Ids and labels of what a row says. */
function tokenizeText(
  tokenizer: Tokenizer,
  row: ParsedRow,
  options: TokenizeOptions,
): TokenizedRow {
  switch (row.kind) {
    case 'chat':
      return tokenizeChat(tokenizer, row, options);
    case 'continuation':
      return tokenizeContinuation(tokenizer, row, options);
    case 'text':
      return tokenizeJoined(tokenizer, row, '', row.text, options);
    case 'completion':
      if (options.useChatTemplate ?? row.preferChat ?? tokenizer.chatTemplates.size > 0)
        return tokenizeChat(tokenizer, row.chat, options);
      if (row.prompt === undefined) {
        throw new AutomodelError(
          'bad-data',
          'a row with a system text or earlier turns can only be written as a chat',
          {
            location: locationOf(row.source),
            hint: 'use a tokenizer with a chat template, or leave these columns out',
          },
        );
      }
      return row.border === 'text'
        ? tokenizeJoined(tokenizer, row, row.prompt, row.completion, options)
        : tokenizeByCount(tokenizer, row, row.prompt, options);
  }
}

/** Prompt and completion as one text; what lies in the completion is trained, with eos. */
function tokenizeJoined(
  tokenizer: Tokenizer,
  row: ParsedRow,
  prompt: string,
  trained: string,
  options: TokenizeOptions,
): TokenizedRow {
  const text = prompt + trained;
  const labelled = labelText(tokenizer, text, [{ start: prompt.length, end: text.length }]);
  const whole = withSpecialTokens(tokenizer, labelled, row.kind === 'text');
  return finished(tokenizer, (options.appendEos ?? true) ? withEos(tokenizer, whole) : whole, row);
}

/**
 * NeMo's way to tell prompt from answer: as many tokens as the prompt has alone, and the first
 * special ones, are not trained. Where a token reaches over the border it counts to the prompt.
 */
function tokenizeByCount(
  tokenizer: Tokenizer,
  row: CompletionRow,
  prompt: string,
  options: TokenizeOptions,
): TokenizedRow {
  const inputIds = tokenizer.encode(prompt + row.completion);
  const context =
    tokenizer.surroundingTokens.before.length +
    tokenizer.encode(prompt, { addSpecialTokens: false }).length;
  const whole = { inputIds, labels: inputIds.map((id, i) => (i < context ? IGNORE_INDEX : id)) };
  return {
    ...finished(tokenizer, options.appendEos === true ? withEos(tokenizer, whole) : whole, row),
    mayBeUntrained: true,
  };
}

/**
 * Context and target tokenised by themselves; one special token at the end of the first and one at
 * the beginning of the second are taken out.
 */
function tokenizeContinuation(
  tokenizer: Tokenizer,
  row: ContinuationRow,
  options: TokenizeOptions,
): TokenizedRow {
  const [context, target] = [tokenizer.encode(row.context), tokenizer.encode(row.target)];
  if (tokenizer.isSpecial(context.at(-1) ?? -1)) context.pop();
  if (tokenizer.isSpecial(target[0] ?? -1)) target.shift();
  const whole = {
    inputIds: [...context, ...target],
    labels: [...context.map(() => IGNORE_INDEX), ...target],
  };
  return finished(tokenizer, options.appendEos === true ? withEos(tokenizer, whole) : whole, row);
}

function finished(tokenizer: Tokenizer, tokens: LabelledTokens, row: ParsedRow): TokenizedRow {
  return {
    sample: sampleOf(tokens, row),
    endOfTurnTrained: tokens.labels.at(-1) === tokenizer.eosTokenId,
  };
}

function tokenizeChat(tokenizer: Tokenizer, row: ChatRow, options: TokenizeOptions): TokenizedRow {
  const rendered = renderChatRow(tokenizer, row, options);
  const { messages, text, turns } = rendered;
  const spans: TextSpan[] = [];
  const open: AssistantTurn[] = [];
  for (const turn of turns) {
    spans.push(...turn.spans);
    if (turn.endToken === undefined) open.push(turn);
  }
  const tokens = labelText(tokenizer, text, spans);
  const isLastOpen = open.length > 0 && open.at(-1)?.message === messages.length - 1;
  const addsEos = options.appendEos === true && isLastOpen;
  return {
    sample: sampleOf(addsEos ? withEos(tokenizer, tokens) : tokens, row),
    endOfTurnTrained: open.length === (addsEos ? 1 : 0),
    remarks: chatRemarks(row, rendered),
  };
}

/**
 * Puts the post-processor's special tokens around: those before are trained only in plain text,
 * those after (eos) always.
 */
function withSpecialTokens(
  tokenizer: Tokenizer,
  tokens: LabelledTokens,
  trainFirst: boolean,
): LabelledTokens {
  const { before, after } = tokenizer.surroundingTokens;
  return {
    inputIds: [...before, ...tokens.inputIds, ...after],
    labels: [...before.map((id) => (trainFirst ? id : IGNORE_INDEX)), ...tokens.labels, ...after],
  };
}

function withEos(tokenizer: Tokenizer, tokens: LabelledTokens): LabelledTokens {
  const eos = tokenizer.eosTokenId;
  if (eos === undefined) {
    throw new AutomodelError(
      'missing-tokenizer',
      'the tokenizer names no eos_token to end texts with',
      {
        location: tokenizer.source,
        hint: 'add eos_token to tokenizer_config.json or switch appending off (append_eos: false)',
      },
    );
  }
  if (tokens.inputIds.at(-1) !== eos)
    return { inputIds: [...tokens.inputIds, eos], labels: [...tokens.labels, eos] };
  return { inputIds: tokens.inputIds, labels: [...tokens.labels.slice(0, -1), eos] };
}

const sampleOf = ({ inputIds, labels }: LabelledTokens, { source }: ParsedRow): ListedSample => ({
  inputIds,
  labels,
  source,
});
