// The renderings of one chat that its turns are read from: the whole chat, what is prompted at a
// turn, and the chat up to a turn.
import { AutomodelError } from '@automodel/core';
import type { Rendering, Trace } from '../jinja/index.js';
import { shapeOf } from '../templates/chat-shape.js';
import type { ChatMessage } from '../templates/chat-message.js';
import type { ChatTemplate, RenderOptions, ShapedChat } from '../templates/chat-template.js';
import { PerTemplate } from '../templates/per-template.js';
import { ANSWER, QUESTION } from '../templates/template-trials.js';
import { lastOfKeys, placed, regionOf, type PlacedChat, type Region } from './placed-pieces.js';
import { promptAfter, promptEnd, type PromptEnd } from './turn-header.js';

/** Renders one chat in several ways. */
export class ChatRenderings {
  readonly whole: PlacedChat;
  readonly rendering: Rendering;
  readonly #template: ChatTemplate;
  readonly #chat: ShapedChat;
  readonly #options: RenderOptions;
  readonly #promptOptions: RenderOptions;
  readonly #regions = new Map<number, Region | undefined>();

  /** Errors: as `ChatTemplate.renderPieces`, naming the row at `location`. */
  constructor(
    template: ChatTemplate,
    messages: readonly ChatMessage[],
    { tools, variables }: RenderOptions,
    location: string,
  ) {
    this.#template = template;
    this.#chat = { messages, shape: shapeOf(messages) };
    this.#options = { tools, variables };
    this.#promptOptions = { tools, variables, addGenerationPrompt: true };
    try {
      this.rendering = template.renderPieces(this.#chat, this.#options);
    } catch (cause) {
      if (!(cause instanceof AutomodelError)) throw cause;
      throw new AutomodelError(cause.code, `this chat cannot be rendered: ${cause.message}`, {
        location,
        hint: cause.hint,
        cause,
      });
    }
    this.whole = placed(this.rendering);
  }

  /** Where the turn of a message lies in the whole chat. */
  region(message: number): Region | undefined {
    if (!this.#regions.has(message)) this.#regions.set(message, regionOf(this.whole, message));
    return this.#regions.get(message);
  }

  /** The chat up to and with `message`; undefined where the template refuses it. */
  upTo(message: number): PlacedChat | undefined {
    if (message + 1 === this.#chat.messages.length) return this.whole;
    return attempted(() => this.#template.renderPieces(this.#chat, this.#options, message + 1));
  }

  /**
   * What the template writes before the answer that is `message`; where it refuses the chat before
   * that, or there is none, what it writes before the answer to one user message.
   */
  promptFor(message: number): string {
    const end = message === 0 ? undefined : this.#promptEnd(message);
    return end === undefined
      ? firstPrompts.of(this.#template, this.#options.variables)
      : promptAfter(end, this.whole, this.region(message - 1), message - 1);
  }

  /** How the prompt for `message` ends, which chats of one trace have in common. */
  #promptEnd(message: number): PromptEnd | undefined {
    const options = this.#promptOptions;
    const before = this.region(message - 1);
    const trace = before && this.#template.traceOf(this.#chat, options, message);
    const known = trace && promptEnds.get(trace);
    if (known !== undefined && known.lastKey === lastOfKeys(before, message - 1)?.key) return known;
    const prompt = attempted(() => this.#template.renderPieces(this.#chat, options, message));
    if (prompt === undefined) return undefined;
    const end = promptEnd(prompt, message - 1);
    const longest = Math.max(end.afterKeys.length, end.afterMessages.length);
    if (trace !== undefined && longest <= trace.constantEnd.length) promptEnds.set(trace, end);
    return end;
  }
}

/**
 * Ends that do not depend on contents, but for which of them are empty. `turn` does: it is only
 * read of a message that the whole chat leaves out, which has no entry.
 */
const promptEnds = new WeakMap<Trace, PromptEnd>();

const ANSWERED: readonly ChatMessage[] = [QUESTION, ANSWER];

/** What is written before the answer to one user message; empty where the template refuses that. */
const firstPrompts = new PerTemplate((template, variables): string => {
  const render = (messages: readonly ChatMessage[], addGenerationPrompt: boolean) =>
    attempted(() =>
      template.renderPieces({ messages, shape: undefined }, { variables, addGenerationPrompt }),
    );
  const question = render([QUESTION], true);
  const answered = render(ANSWERED, false) ?? question;
  return question === undefined || answered === undefined
    ? ''
    : promptAfter(promptEnd(question, 0), answered, regionOf(answered, 0), 0);
});

function attempted(render: () => Rendering): PlacedChat | undefined {
  try {
    return placed(render());
  } catch (cause) {
    if (cause instanceof AutomodelError && cause.code === 'bad-data') return undefined;
    throw cause;
  }
}
