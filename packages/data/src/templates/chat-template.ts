// A chat template: Jinja text that turns messages into the text a model was trained on, rendered as
// transformers renders it, with the message and key that each character comes from.
// Variables: messages, tools, documents, add_generation_prompt and the special tokens.
import { AutomodelError } from '@automodel/core';
import {
  compile,
  fromJavaScript,
  List,
  track,
  trackedTexts,
  type Rendering,
  type RenderOptions as RunOptions,
  type Template,
  type Trace,
  type Value,
} from '../jinja/index.js';
import type { ChatMessage } from './chat-message.js';
import { isContents, shapeOf, type ChatShape } from './chat-shape.js';
import { strftime } from './python-strftime.js';
import { TemplateTraces, type TracedRun } from './template-traces.js';

export interface RenderOptions {
  /** JSON schemas of functions. */
  readonly tools?: readonly unknown[] | undefined;
  /** Ends the text where the assistant's answer begins. */
  readonly addGenerationPrompt?: boolean | undefined;
  /** Further template variables, such as `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** A chat that is rendered several times, up to each of its turns. */
export interface ShapedChat {
  readonly messages: readonly ChatMessage[];
  /** Undefined where each rendering has to run the template. */
  readonly shape: ChatShape | undefined;
}

const NO_VARIABLES = {};
/** As transformers finds it. */
const GENERATION = /\{%-?\s*generation\s*-?%\}/;

/** A compiled chat template. `name` says where it came from; errors mention it. */
export class ChatTemplate {
  readonly name: string;
  /** Whether the template marks what is trained with `{% generation %}`. */
  readonly hasMarks: boolean;
  readonly #template: Template;
  readonly #constants: ReadonlyMap<string, Value>;
  readonly #strftimeNow: (format: string) => string;
  readonly #traces = new WeakMap<object, TemplateTraces>();
  /** Messages as the template sees them, by message and place in the chat. */
  readonly #values = new WeakMap<object, { readonly at: number; readonly value: Value }>();

  /**
   * `specialTokens`: bos_token, eos_token, ... by key. `now` is what `strftime_now` reads. Errors:
   * `bad-file` with line and column when the text is not a template.
   */
  constructor(
    name: string,
    text: string,
    specialTokens: Readonly<Record<string, string>>,
    now: () => Date = () => new Date(),
  ) {
    this.name = name;
    this.hasMarks = GENERATION.test(text);
    this.#strftimeNow = (format) => strftime(now(), format);
    this.#constants = new Map<string, Value>([
      ['documents', null],
      ...Object.entries(specialTokens),
    ]);
    try {
      this.#template = compile(`chat template of ${name}`, text);
    } catch (cause) {
      throw withHint(cause, 'correct it, or name another one as dataset.chat_template');
    }
  }

  /** The text of `messages`. Errors: as `renderPieces`. */
  render(messages: readonly ChatMessage[], options: RenderOptions = {}): string {
    return this.renderPieces({ messages, shape: shapeOf(messages) }, options).text;
  }

  /**
   * Renders the first `count` messages (default: all). Pieces say the message (`source`) and the
   * key within it. Errors: `bad-data` with the template's own words where it refuses them
   * (raise_exception) or fails on them; `bad-file` where it takes more than a template may;
   * `unsupported` for what it uses of Jinja that is left out.
   */
  renderPieces(chat: ShapedChat, options: RenderOptions = {}, count?: number): Rendering {
    const { messages } = chat;
    const length = count ?? messages.length;
    if (length === 0)
      throw new AutomodelError('bad-data', 'a chat needs at least one message', {
        location: this.name,
      });
    const render = (): Rendering =>
      this.#template.render(
        this.#variables(this.#messages(messages, length), options),
        this.#runOptions(messages, options),
      );
    try {
      const traces = this.#tracesFor(chat, options);
      if (traces === undefined || chat.shape === undefined) return render();
      const part = { count: length, isPrompt: options.addGenerationPrompt === true };
      const run = (): TracedRun => this.#trace(messages, length, options);
      return traces.rendering(chat.shape.key, part, chat.shape.contents, run, render);
    } catch (cause) {
      throw withHint(cause, 'name another one as dataset.chat_template');
    }
  }

  /**
   * The trace by which the first `count` messages would be rendered; undefined where the template
   * has to run.
   */
  traceOf(chat: ShapedChat, options: RenderOptions, count: number): Trace | undefined {
    const part = { count, isPrompt: options.addGenerationPrompt === true };
    const { shape } = chat;
    return shape && this.#tracesFor(chat, options)?.find(shape.key, part, shape.contents);
  }

  /** Undefined for what is rendered chat by chat. */
  #tracesFor(
    { shape }: ShapedChat,
    { tools, variables }: RenderOptions,
  ): TemplateTraces | undefined {
    const isAlone = shape === undefined || tools !== undefined;
    if (isAlone || (variables !== undefined && 'messages' in variables)) return undefined;
    return this.#tracesOf(variables);
  }

  #tracesOf(variables: object = NO_VARIABLES): TemplateTraces {
    let traces = this.#traces.get(variables);
    if (traces === undefined) this.#traces.set(variables, (traces = new TemplateTraces()));
    return traces;
  }

  #trace(messages: readonly ChatMessage[], count: number, options: RenderOptions): TracedRun {
    const values = messages.slice(0, count).map((message, i) => track(fromJavaScript(message), i));
    return this.#template.trace(
      this.#variables(values, options),
      values.flatMap(trackedTexts).filter(isContents),
      this.#runOptions(messages, options),
    );
  }

  #messages(messages: readonly ChatMessage[], count: number): Value[] {
    return messages.slice(0, count).map((message, at) => {
      const known = this.#values.get(message);
      if (known?.at === at) return known.value;
      const value = track(fromJavaScript(message), at);
      this.#values.set(message, { at, value });
      return value;
    });
  }

  #variables(messages: readonly Value[], options: RenderOptions): ReadonlyMap<string, Value> {
    const variables = new Map(this.#constants);
    variables.set('messages', new List([...messages]));
    variables.set('tools', fromJavaScript(options.tools ?? null));
    variables.set('add_generation_prompt', options.addGenerationPrompt ?? false);
    for (const [name, value] of Object.entries(options.variables ?? {}))
      variables.set(name, fromJavaScript(value));
    return variables;
  }

  /** Limits are some hundred times what templates in use need. */
  #runOptions(messages: readonly ChatMessage[], { tools }: RenderOptions): RunOptions {
    const characters = charactersOf(messages) + charactersOf(tools);
    return {
      strftimeNow: this.#strftimeNow,
      limits: {
        work: 1_000_000 + 20_000 * messages.length + 4 * characters,
        characters: 4_000_000 + 8 * characters,
      },
    };
  }
}

function withHint(cause: unknown, hint: string): unknown {
  return cause instanceof AutomodelError && cause.code === 'bad-file'
    ? cause.with({ hint })
    : cause;
}

/** Characters of messages or tools, roughly: keys and numbers do not count. */
function charactersOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let sum = 0;
  for (const entry of Object.values(value)) sum += charactersOf(entry);
  return sum;
}
