// Remembers what a template writes for chats of a shape (roles and keys of the messages, template
// variables), so that the interpreter runs a few times for a shape and not for each chat.
// A shape is traced when it comes a second time; a trace is compared with the interpreter's own
// rendering before it is used, and a shape that cannot be traced is left to the interpreter.
import { Environment, type Template } from '@huggingface/jinja';
import type { ChatMessage } from './chat-template.js';
import { guardsHold, writeText, type Slots, type Trace } from './traced-text.js';
import { templateValue, TracingInterpreter } from './tracing-interpreter.js';

/** A chat taken apart: what its trace depends on, and the contents. */
export interface ChatShape {
  readonly key: string;
  /** For each message, the length of the part of `key` that describes the chat up to its end. */
  readonly ends: readonly number[];
  readonly slots: Slots;
}

/** Which rendering of a chat: of its first `count` messages. */
export interface TracedRendering {
  readonly messages: readonly ChatMessage[];
  readonly shape: ChatShape;
  readonly count: number;
  readonly addGenerationPrompt: boolean;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
}

interface ShapeTraces {
  readonly traces: Trace[];
  /** No further traces are made. */
  closed: boolean;
}

const MAX_MESSAGES = 64;
const MAX_SHAPES = 4096;
const MAX_TRACES = 32;
const [END_OF_ROLE, END_OF_NAME, END_OF_MESSAGE] = ['\u0001', '\u0002', '\u0003'];
const NO_VARIABLES = {};

/** The shape of a chat; undefined where messages hold anything but texts. */
export function shapeOf(messages: readonly ChatMessage[]): ChatShape | undefined {
  if (messages.length > MAX_MESSAGES) return undefined;
  const slots: string[] = [];
  const ends: number[] = [];
  let key = '';
  for (const message of messages) {
    for (const [name, value] of Object.entries(message)) {
      if (typeof value !== 'string' || !isPlainName(name)) return undefined;
      if (name !== 'role') slots.push(value);
      else if (!isPlainName(value)) return undefined;
      key += name === 'role' ? value + END_OF_ROLE : name + END_OF_NAME;
    }
    key += END_OF_MESSAGE;
    ends.push(key.length);
  }
  return { key, ends, slots };
}

function isPlainName(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) <= 3) return false;
  return true;
}

/** The traces of one template. `strftime` is what it calls `strftime_now`. */
export class TemplateTraces {
  readonly #program: Template['parsed'];
  readonly #constants: Environment;
  readonly #strftime: (format: string) => string;
  readonly #shapes = new WeakMap<object, Map<string, ShapeTraces>>();

  constructor(
    program: Template['parsed'],
    constants: Environment,
    strftime: (format: string) => string,
  ) {
    this.#program = program;
    this.#constants = constants;
    this.#strftime = strftime;
  }

  /**
   * What the template writes for this chat and all like it; undefined where the interpreter has to
   * say. `interpret` renders with it.
   */
  find(rendering: TracedRendering, interpret: () => string): Trace | undefined {
    const { shape, count, addGenerationPrompt, variables = NO_VARIABLES } = rendering;
    if ('messages' in variables || 'strftime_now' in variables) return undefined;
    let shapes = this.#shapes.get(variables);
    if (shapes === undefined || shapes.size >= MAX_SHAPES)
      this.#shapes.set(variables, (shapes = new Map()));
    const key = (addGenerationPrompt ? '>' : '.') + shape.key.slice(0, shape.ends[count - 1]);
    const known = shapes.get(key);
    if (known === undefined) {
      shapes.set(key, { traces: [], closed: false });
      return undefined;
    }
    const fitting = known.traces.find(({ guards }) => guardsHold(guards, shape.slots));
    if (fitting !== undefined || known.closed) return fitting;
    const trace = this.#trace(rendering);
    if (trace === undefined || writeText(trace.text, shape.slots) !== interpret())
      known.closed = true;
    else known.traces.push(trace);
    known.closed ||= known.traces.length >= MAX_TRACES;
    return known.closed ? undefined : trace;
  }

  #trace({
    messages,
    shape,
    count,
    addGenerationPrompt,
    variables,
  }: TracedRendering): Trace | undefined {
    const environment = new Environment(this.#constants);
    const interpreter = new TracingInterpreter(environment, shape.slots);
    environment.set('strftime_now', (format: string) =>
      interpreter.ask(`strftime ${format}`, () => this.#strftime(format)),
    );
    for (const [name, value] of Object.entries({
      tools: null,
      add_generation_prompt: addGenerationPrompt,
      ...variables,
    }))
      environment.set(name, value);
    const list = environment.set('messages', []) as unknown as { readonly value: unknown[] };
    let slot = 0;
    for (const message of messages.slice(0, count)) {
      const value = templateValue(message) as unknown as { readonly value: Map<string, unknown> };
      for (const name of Object.keys(message))
        if (name !== 'role') value.value.set(name, interpreter.slot(slot++));
      list.value.push(value);
    }
    try {
      const text = interpreter.trace(this.#program);
      return { text, guards: interpreter.guards };
    } catch {
      // The interpreter that renders is asked the same and says what is wrong, if anything is.
      return undefined;
    }
  }
}
