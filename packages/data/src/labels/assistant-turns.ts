// Finds what the assistant wrote in a rendered chat, without help from the template: the chat is
// rendered up to a turn (with the generation prompt) and up to its end, and the difference is the
// turn. The token that ends the turn belongs to it, white space after that token does not.
import { AutomodelError } from '@automodel/core';
import type { ChatMessage, ChatTemplate, RenderOptions } from '../templates/chat-template.js';
import { shapeOf, type ChatShape } from '../templates/template-traces.js';
import { planTurns, TurnPlans, writePlanned, type TurnPlan } from './turn-plan.js';

/** Characters `start` (included) to `end` (excluded) of a text. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

export interface AssistantTurn extends TextSpan {
  /** Index into the messages. */
  readonly message: number;
  /** True when the turn ends with a special token, which a model needs to learn to stop. */
  readonly endsWithSpecialToken: boolean;
}

export interface AssistantTurnOptions extends Pick<RenderOptions, 'tools' | 'variables'> {
  /** Texts that can end a turn. */
  readonly specialTokens: readonly string[];
  /** Only turns from this message on. Default 0. */
  readonly from?: number | undefined;
  /** Messages that are not trained although the assistant wrote them. */
  readonly untrained?: readonly number[] | undefined;
  /** Only the last turn. Default false. */
  readonly maskHistory?: boolean | undefined;
  /** Row of the data, for errors. */
  readonly location: string;
}

/** A rendered chat and the parts of it that are trained. */
export interface RenderedChat {
  readonly text: string;
  readonly turns: readonly AssistantTurn[];
}

/**
 * Renders `messages` and finds the assistant's turns.
 * A template may drop the beginning of a turn (its reasoning) once the chat goes on: then the rest
 * of the turn is trained.
 * Errors: `bad-data` naming template and row when the template refuses the chat or rewrites a turn
 * otherwise.
 */
export function renderAssistantTurns(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: AssistantTurnOptions,
): RenderedChat {
  const chosen = chosenTurns(messages, options);
  const shape = options.tools === undefined ? shapeOf(messages) : undefined;
  if (shape !== undefined) {
    const make = (): TurnPlan | undefined => planOf(template, messages, chosen, shape, options);
    const plan = TurnPlans.of(template, options.variables).find(
      `${chosen.join()} ${shape.key}`,
      shape.slots,
      options.specialTokens,
      make,
    );
    if (plan !== undefined)
      return writePlanned(plan, shape.slots, (text, span) =>
        endAtSpecialToken(text, span, options.specialTokens),
      );
  }
  return compareRenderings(template, messages, chosen, options);
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

/** The turns of every chat of this shape; undefined where that is not certain. */
function planOf(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  chosen: readonly number[],
  shape: ChatShape,
  { variables, specialTokens }: AssistantTurnOptions,
): TurnPlan | undefined {
  const whole = template.trace({
    messages,
    shape,
    count: messages.length,
    addGenerationPrompt: false,
    variables,
  });
  if (whole === undefined) return undefined;
  const turns = [];
  for (const message of chosen) {
    const before =
      message === 0
        ? undefined
        : template.trace({ messages, shape, count: message, addGenerationPrompt: true, variables });
    const after =
      before === undefined
        ? undefined
        : template.trace({
            messages,
            shape,
            count: message + 1,
            addGenerationPrompt: false,
            variables,
          });
    if (before === undefined || after === undefined) return undefined;
    turns.push({ message, before, after });
  }
  return planTurns(whole, turns, specialTokens);
}

/** Finds the turns by comparing renderings, which is what a plan must agree with. */
function compareRenderings(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  chosen: readonly number[],
  options: AssistantTurnOptions,
): RenderedChat {
  const render = (count: number, addGenerationPrompt: boolean): string => {
    try {
      return template.render(messages.slice(0, count), {
        tools: options.tools,
        variables: options.variables,
        addGenerationPrompt,
      });
    } catch (cause) {
      if (!(cause instanceof AutomodelError)) throw cause;
      const part =
        count === messages.length ? '' : ` its first ${count} message${count === 1 ? '' : 's'}`;
      throw new AutomodelError(
        cause.code,
        `${part === '' ? 'this chat' : `of this chat${part}`} cannot be rendered: ${cause.message}`,
        { location: options.location, hint: cause.hint, cause },
      );
    }
  };
  const text = render(messages.length, false);
  const turns = chosen.map((message): AssistantTurn => {
    if (message === 0)
      throw inconsistent(
        template,
        options.location,
        message,
        'it is the first message, so nothing prompts it',
      );
    const before = render(message, true);
    const after = message + 1 === messages.length ? text : render(message + 1, false);
    const span = turnIn(text, before, after);
    if (span === undefined)
      throw inconsistent(
        template,
        options.location,
        message,
        'the chat up to it is not how the whole chat begins',
      );
    return { message, ...endAtSpecialToken(text, span, options.specialTokens) };
  });
  return { text, turns };
}

function turnIn(text: string, before: string, after: string): TextSpan | undefined {
  if (!text.startsWith(before) || !after.startsWith(before)) return undefined;
  const start = before.length;
  if (text.startsWith(after)) return { start, end: after.length };
  const turn = after.slice(start);
  const length = turn.trimEnd().length;
  for (let dropped = 1; dropped < length; dropped++) {
    if (text.startsWith(turn.slice(dropped), start))
      return { start, end: start + turn.length - dropped };
  }
  return undefined;
}

function endAtSpecialToken(
  text: string,
  span: TextSpan,
  specialTokens: readonly string[],
): TextSpan & { readonly endsWithSpecialToken: boolean } {
  const written = text.slice(span.start, span.end).trimEnd();
  const endsWithSpecialToken = specialTokens.some((token) => written.endsWith(token));
  return {
    start: span.start,
    end: endsWithSpecialToken ? span.start + written.length : span.end,
    endsWithSpecialToken,
  };
}

function inconsistent(
  template: ChatTemplate,
  location: string,
  message: number,
  reason: string,
): AutomodelError {
  return new AutomodelError(
    'bad-data',
    `the chat template of ${template.name} does not show where the assistant's message ` +
      `${message + 1} begins and ends: ${reason}`,
    {
      location,
      hint:
        'train only the last answer (mask_history: true), split the chat so that each row ends ' +
        'with the answer to train, or use a template that only appends',
    },
  );
}
