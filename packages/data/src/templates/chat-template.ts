// A chat template: Jinja text that turns messages into the text a model was trained on, rendered as
// transformers renders it.
// Variables: messages, tools, documents, add_generation_prompt, the special tokens, and
// raise_exception, strftime_now, range; tojson is json.dumps without escapes.
import { Environment, Template } from '@huggingface/jinja';
import { AutomodelError } from '@automodel/core';
import { libraryValue } from './library-value.js';
import { isLimit, LimitedInterpreter, pythonRange, renderLimits } from './limited-interpreter.js';
import { strftime } from './python-strftime.js';
import { shapeOf, TemplateTraces, type TracedRendering } from './template-traces.js';
import { writeText, type Trace } from './traced-text.js';

/**
 * One turn. Further keys (`tool_calls`, `name`, `reasoning_content`, ...) reach the template as
 * they are.
 */
export interface ChatMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly [key: string]: unknown;
}

export interface RenderOptions {
  /** JSON schemas of functions. */
  readonly tools?: readonly unknown[] | undefined;
  /** Ends the text where the assistant's answer begins. */
  readonly addGenerationPrompt?: boolean | undefined;
  /** Further template variables, such as `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** A compiled chat template. `name` says where it came from; errors mention it. */
export class ChatTemplate {
  readonly name: string;
  readonly #program: Template['parsed'];
  /**
   * What every rendering sees; made once, because values of the interpreter are expensive.
   * Templates cannot change it: they set variables in their own scope.
   */
  readonly #constants: Environment;
  readonly #now: () => Date;
  readonly #traces: TemplateTraces;
  /**
   * Messages as the interpreter holds them: a chat is rendered several times, up to each of its
   * turns.
   */
  readonly #converted = new WeakMap<object, unknown>();

  /**
   * `specialTokens`: bos_token, eos_token, ... by key. `now` is what `strftime_now` reads. Errors:
   * `bad-file` when the text is not a template.
   */
  constructor(
    name: string,
    text: string,
    specialTokens: Readonly<Record<string, string>>,
    now: () => Date = () => new Date(),
  ) {
    this.name = name;
    this.#now = now;
    this.#constants = new Environment();
    for (const [key, value] of Object.entries({
      ...this.#globals(),
      documents: null,
      ...specialTokens,
    }))
      this.#constants.set(key, value);
    try {
      this.#program = new Template(text).parsed;
    } catch (cause) {
      throw new AutomodelError(
        'bad-file',
        'the chat template does not parse: ' +
          `${cause instanceof TypeError ? 'it ends within a statement' : messageOf(cause)}`,
        { location: name, hint: 'mend it, or name another one as dataset.chat_template', cause },
      );
    }
    this.#traces = new TemplateTraces(this.#program, this.#constants, (format) =>
      strftime(this.#now(), format),
    );
  }

  /**
   * Renders `messages`. Errors: `bad-data` with the template's own words where it refuses them
   * (raise_exception) or fails on them; `bad-file` where it takes more than a template may.
   */
  render(messages: readonly ChatMessage[], options: RenderOptions = {}): string {
    if (messages.length === 0)
      throw new AutomodelError('bad-data', 'a chat needs at least one message', {
        location: this.name,
      });
    const shape = (options.tools ?? null) === null ? shapeOf(messages) : undefined;
    if (shape === undefined) return this.#interpret(messages, options);
    const trace = this.trace({
      messages,
      shape,
      count: messages.length,
      addGenerationPrompt: options.addGenerationPrompt ?? false,
      variables: options.variables,
    });
    return trace === undefined
      ? this.#interpret(messages, options)
      : writeText(trace.text, shape.slots);
  }

  /**
   * What `render` writes for this chat without tools and all like it; undefined where each has to
   * be rendered.
   */
  trace(rendering: TracedRendering): Trace | undefined {
    const { messages, count, addGenerationPrompt, variables } = rendering;
    return this.#traces.find(rendering, () =>
      this.#interpret(messages.slice(0, count), { addGenerationPrompt, variables }),
    );
  }

  #interpret(messages: readonly ChatMessage[], options: RenderOptions): string {
    const environment = new Environment(this.#constants);
    const variables: Record<string, unknown> = {
      tools: options.tools ?? null,
      add_generation_prompt: options.addGenerationPrompt ?? false,
      ...options.variables,
    };
    for (const [name, value] of Object.entries(variables))
      environment.set(name, libraryValue(value));
    if (!('messages' in variables)) this.#setMessages(environment, messages);
    try {
      return (
        new LimitedInterpreter(
          environment,
          renderLimits(messages.length, charactersOf(messages) + charactersOf(options.tools)),
        ).run(this.#program) as { readonly value: string }
      ).value;
    } catch (cause) {
      if (isLimit(cause))
        throw new AutomodelError('bad-file', `the chat template was stopped: ${cause.message}`, {
          location: this.name,
          hint: 'name another one as dataset.chat_template',
          cause,
        });
      throw new AutomodelError('bad-data', messageOf(cause), {
        location: `chat template ${this.name}`,
        cause,
      });
    }
  }

  #setMessages(environment: Environment, messages: readonly ChatMessage[]): void {
    const list = environment.set('messages', []) as unknown as { readonly value: unknown[] };
    for (const message of messages) {
      let value = this.#converted.get(message);
      if (value === undefined) {
        value = new Environment().set('message', libraryValue(message));
        this.#converted.set(message, value);
      }
      list.value.push(value);
    }
  }

  #globals(): Record<string, unknown> {
    return {
      true: true,
      false: false,
      none: null,
      True: true,
      False: false,
      None: null,
      range: pythonRange,
      strftime_now: (format: string) => strftime(this.#now(), format),
      raise_exception: (message: string) => {
        throw new Error(message);
      },
    };
  }
}

/** Characters of messages or tools, roughly: keys and numbers do not count. */
function charactersOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let sum = 0;
  for (const entry of Object.values(value)) sum += charactersOf(entry);
  return sum;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
