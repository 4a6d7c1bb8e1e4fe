// Turns one example into ids and labels: the assistant's turns of a chat, the completion after a prompt, or a whole text.
import { AutomodelError } from '@automodel/core';
import { renderAssistantTurns } from '../masks/assistant-turns.js';
import { IGNORE_INDEX, labelText, type LabelledTokens } from '../masks/label-text.js';
import type { ChatMessage } from '../tokenizer/chat-template.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import type { Example } from './parse-example.js';
import { locationOf, type Sample } from './sample.js';

export interface TokenizeOptions {
  /** Train only the last assistant turn of a chat. Default false: all of them. */
  readonly maskHistory?: boolean | undefined;
  /** Write a prompt and its completion as a user and an assistant turn. Default: whether the tokenizer has a chat template. */
  readonly useChatTemplate?: boolean | undefined;
  /** End texts and completions (where no template is used) with the eos token, trained. Default true. */
  readonly appendEos?: boolean | undefined;
  /** Further variables of the chat template. */
  readonly templateVariables?: Readonly<Record<string, unknown>> | undefined;
}

export interface TokenizedExample {
  readonly sample: Sample;
  /** False when a chat was trained without a special token that ends a turn, or a text without eos: a model may then never stop. */
  readonly endOfTurnTrained: boolean;
}

/** Tokenises one example. Errors: `bad-data` naming the row (template refuses it), `missing-tokenizer` (no template, no eos). */
export function tokenizeExample(tokenizer: Tokenizer, example: Example, options: TokenizeOptions = {}): TokenizedExample {
  if (example.kind === 'chat') return tokenizeChat(tokenizer, example, options);
  if (example.kind === 'completion' && (options.useChatTemplate ?? tokenizer.chatTemplates.size > 0)) {
    const messages: readonly ChatMessage[] = [
      { role: 'user', content: example.prompt },
      { role: 'assistant', content: example.completion },
    ];
    return tokenizeChat(tokenizer, { kind: 'chat', messages, tools: undefined, trainedFrom: 1, source: example.source }, options);
  }
  const [prompt, trained] = example.kind === 'text' ? ['', example.text] : [example.prompt, example.completion];
  const text = prompt + trained;
  const labelled = labelText(tokenizer, text, [{ start: prompt.length, end: text.length }]);
  const whole = withSpecialTokens(tokenizer, labelled, example.kind === 'text');
  const tokens = (options.appendEos ?? true) ? withEos(tokenizer, whole) : whole;
  return { sample: sampleOf(tokens, example), endOfTurnTrained: tokens.labels.at(-1) === tokenizer.eosTokenId };
}

function tokenizeChat(tokenizer: Tokenizer, example: Example & { readonly kind: 'chat' }, options: TokenizeOptions): TokenizedExample {
  const { text, turns } = renderAssistantTurns(tokenizer.chatTemplate(example.tools), example.messages, {
    tools: example.tools,
    variables: options.templateVariables,
    specialTokens: tokenizer.specialTexts,
    from: example.trainedFrom,
    maskHistory: options.maskHistory,
    location: locationOf(example.source),
  });
  return { sample: sampleOf(labelText(tokenizer, text, turns), example), endOfTurnTrained: turns.every((turn) => turn.endsWithSpecialToken) };
}

/** Puts the post-processor's special tokens around: those before are trained only in plain text, those after (eos) always. */
function withSpecialTokens(tokenizer: Tokenizer, tokens: LabelledTokens, trainFirst: boolean): LabelledTokens {
  const { before, after } = tokenizer.surroundingTokens;
  return {
    inputIds: [...before, ...tokens.inputIds, ...after],
    labels: [...before.map((id) => (trainFirst ? id : IGNORE_INDEX)), ...tokens.labels, ...after],
  };
}

function withEos(tokenizer: Tokenizer, tokens: LabelledTokens): LabelledTokens {
  const eos = tokenizer.eosTokenId;
  if (eos === undefined) {
    throw new AutomodelError('missing-tokenizer', 'the tokenizer names no eos_token to end texts with', { location: tokenizer.source, hint: 'add eos_token to tokenizer_config.json or switch appending off (append_eos: false)' });
  }
  if (tokens.inputIds.at(-1) !== eos) return { inputIds: [...tokens.inputIds, eos], labels: [...tokens.labels, eos] };
  return { inputIds: tokens.inputIds, labels: [...tokens.labels.slice(0, -1), eos] };
}

function sampleOf(tokens: LabelledTokens, example: Example): Sample {
  return { inputIds: Int32Array.from(tokens.inputIds), labels: Int32Array.from(tokens.labels), source: example.source };
}
