// Remembers what a template writes for chats of a shape, so that it runs a few times for a shape
// and not for each chat. A shape is traced when it comes a second time; one that asks its contents
// too many different questions is rendered chat by chat.
import type { Rendering, Trace } from '../jinja/index.js';

interface ShapeTraces {
  readonly traces: Trace[];
  /** No further traces are made. */
  isClosed: boolean;
}

const MAX_SHAPES = 4096;
const MAX_TRACES = 32;

/** What one run of the template gave: its rendering, and its trace where there is one. */
export interface TracedRun {
  readonly rendering: Rendering;
  readonly trace: Trace | undefined;
}

/** Which rendering of a chat: of its first `count` messages, as a prompt or as it is. */
export interface Part {
  readonly count: number;
  readonly isPrompt: boolean;
}

/** The traces of one template with one set of variables. */
export class TemplateTraces {
  /** By the key of the shape, and by the part of the chat. */
  readonly #shapes = new Map<string, Map<number, ShapeTraces>>();

  /** A trace that holds for a chat of the shape `key`. */
  find(key: string, part: Part, contents: readonly string[]): Trace | undefined {
    const known = this.#shapes.get(key)?.get(numberOf(part));
    return known?.traces.find((trace) => trace.holds(contents));
  }

  /**
   * The rendering of a part of a chat with `contents` and the shape `key`. `run` renders and traces
   * it, `render` only renders it.
   */
  rendering(
    key: string,
    part: Part,
    contents: readonly string[],
    run: () => TracedRun,
    render: () => Rendering,
  ): Rendering {
    const known = this.#known(key, part);
    if (known === undefined) return render();
    for (const trace of known.traces) {
      const rendering = trace.apply(contents);
      if (rendering !== undefined) return rendering;
    }
    if (known.isClosed) return render();
    const { rendering, trace } = run();
    if (trace === undefined) known.isClosed = true;
    else known.traces.push(trace);
    known.isClosed ||= known.traces.length >= MAX_TRACES;
    return rendering;
  }

  /** Undefined where the part comes for the first time. */
  #known(key: string, part: Part): ShapeTraces | undefined {
    let parts = this.#shapes.get(key);
    if (parts === undefined) {
      if (this.#shapes.size >= MAX_SHAPES) this.#shapes.clear();
      this.#shapes.set(key, (parts = new Map<number, ShapeTraces>()));
    }
    const number = numberOf(part);
    const known = parts.get(number);
    if (known === undefined) parts.set(number, { traces: [], isClosed: false });
    return known;
  }
}

const numberOf = ({ count, isPrompt }: Part): number => count * 2 + (isPrompt ? 1 : 0);
