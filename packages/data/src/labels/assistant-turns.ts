// Finds what the assistant wrote in a rendered chat from where its characters come from: one
// rendering of the whole chat says which message and key wrote each of them, prompts say which of
// them a model is given. Marks of the template (`{% generation %}`) come before both.
import { AutomodelError } from '@automodel/core';
import type { ChatMessage } from '../templates/chat-message.js';
import type { ChatTemplate, RenderOptions } from '../templates/chat-template.js';
import { ChatRenderings } from './chat-renderings.js';
import { trainedKeyTurn } from './key-turn.js';
import { trainedLoopTurn, type TrainedTurn } from './loop-turn.js';
import { markedTurn, messageOfMark } from './marked-turn.js';
import { refuseLostParts } from './lost-parts.js';
import { reasoningSpans } from './reasoning.js';
import { spellsToken } from './spelled-token.js';
import { without } from './text-span.js';
import type { EndTokens } from './turn-end.js';
import { headerEnd } from './turn-header.js';
import { unwrittenOf, type Unwritten } from './unwritten.js';

export type { TextSpan } from './text-span.js';

export interface AssistantTurn extends TrainedTurn {
  /** Index into the messages. */
  readonly message: number;
}

export interface AssistantTurnOptions extends Pick<RenderOptions, 'tools' | 'variables'> {
  /** Texts that can end a turn. */
  readonly specialTokens: readonly string[];
  /** Texts of the tokens at which the model stops. Default: none is known. */
  readonly stopTokens?: readonly string[] | undefined;
  /** Only turns from this message on. Default 0. */
  readonly from?: number | undefined;
  /** Messages that are not trained although the assistant wrote them. */
  readonly untrained?: readonly number[] | undefined;
  /** Only the last turn. Default false. */
  readonly maskHistory?: boolean | undefined;
  /** Not the reasoning within a turn. Default false. */
  readonly maskReasoning?: boolean | undefined;
  /** Whether a chat is rendered of which the template loses parts. Default: that is an error. */
  readonly mayLoseParts?: boolean | undefined;
  /** Row of the data, for errors. */
  readonly location: string;
}

/** A rendered chat and the parts of it that are trained. */
export interface RenderedChat {
  readonly text: string;
  /** In order of the messages; spans of all turns ascend. */
  readonly turns: readonly AssistantTurn[];
  /** Answers that should be trained and are not marked by a template that marks others. */
  readonly unmarked: number;
  /** What the template leaves out. */
  readonly unwritten: Unwritten;
  /** Whether a text of the row spells a special token, which becomes that token. */
  readonly spellsToken: boolean;
}

/**
 * Renders `messages` and finds the assistant's turns. Errors: `bad-data` naming template and row
 * when the template refuses the chat, or does not show what belongs to a turn; `unsupported` where
 * it never writes the key that holds reasoning.
 */
export function renderAssistantTurns(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: AssistantTurnOptions,
): RenderedChat {
  const renderings = new ChatRenderings(template, messages, options, options.location);
  const chosen = chosenTurns(messages, options);
  const tokens = { special: options.specialTokens, stop: options.stopTokens ?? [] };
  const find = template.hasMarks
    ? marked(renderings, tokens, options.location)
    : (message: number) => unmarkedTurn(template, renderings, message, tokens, options.location);
  const turns: AssistantTurn[] = [];
  for (const message of chosen) {
    const turn = find(message);
    if (turn !== undefined) turns.push({ message, spans: turn.spans, endToken: turn.endToken });
  }
  const unwritten = unwrittenOf(messages, renderings.whole);
  if (options.mayLoseParts !== true) refuseLostParts(template, messages, unwritten, options);
  return {
    text: renderings.whole.text,
    turns:
      options.maskReasoning === true ? turns.map(withoutReasoning(renderings, messages)) : turns,
    unmarked: chosen.length - turns.length,
    unwritten,
    spellsToken: spellsToken(renderings.whole, options.specialTokens),
  };
}

/** Messages whose turns are trained. */
function chosenTurns(
  messages: readonly ChatMessage[],
  { from = 0, untrained, maskHistory }: AssistantTurnOptions,
): number[] {
  const indices: number[] = [];
  for (const [i, message] of messages.entries())
    if (message.role === 'assistant' && i >= from && untrained?.includes(i) !== true)
      indices.push(i);
  return maskHistory === true ? indices.slice(-1) : indices;
}

/** Finds turns by the template's marks. */
function marked(
  { rendering, whole }: ChatRenderings,
  tokens: EndTokens,
  location: string,
): (message: number) => TrainedTurn | undefined {
  const owners = rendering.marks.map((mark) => ({ mark, message: messageOfMark(whole, mark) }));
  if (owners.some(({ message }) => message === undefined))
    throw new AutomodelError(
      'bad-data',
      'a {% generation %} block of the chat template holds several messages',
      { location, hint: 'put the block inside the loop over the messages' },
    );
  return (message) => {
    const marks = owners.filter((owner) => owner.message === message).map(({ mark }) => mark);
    return marks.length === 0 ? undefined : markedTurn(whole, marks, tokens);
  };
}

/** Finds a turn by where its characters come from. */
function unmarkedTurn(
  template: ChatTemplate,
  renderings: ChatRenderings,
  message: number,
  tokens: EndTokens,
  location: string,
): TrainedTurn {
  const { whole } = renderings;
  const region = renderings.region(message);
  const refuse = (reason: string): AutomodelError =>
    new AutomodelError(
      'bad-data',
      `the chat template of ${template.name} does not show where the assistant's message ` +
        `${message + 1} begins and ends: ${reason}`,
      {
        location,
        hint:
          'train only the last answer (mask_history: true), leave the message out of training ' +
          '(train: false), or use a template that goes through the messages in a loop',
      },
    );
  if (region === undefined) throw refuse('it writes nothing for this message');
  const prompt = renderings.promptFor(message);
  if (region.isLoopTurn)
    return trainedLoopTurn(
      whole,
      region,
      message,
      headerEnd(whole, region, message, prompt),
      tokens,
      () => renderings.upTo(message),
    );
  const turn = trainedKeyTurn(whole, message, prompt, tokens, renderings.upTo(message));
  if (turn === undefined)
    throw refuse('it writes this message outside of a loop, and otherwise than it prompts for it');
  return turn;
}

const withoutReasoning =
  ({ whole }: ChatRenderings, messages: readonly ChatMessage[]) =>
  (turn: AssistantTurn): AssistantTurn => {
    const message = messages[turn.message];
    if (message === undefined) return turn;
    const spans = without(turn.spans, reasoningSpans(whole, message, turn.message));
    return { ...turn, spans };
  };
