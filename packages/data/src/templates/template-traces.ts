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

/** The traces of one template with one set of variables. */
export class TemplateTraces {
  readonly #shapes = new Map<string, ShapeTraces>();

  /**
   * The rendering of a chat with `contents` and the shape `key`. `run` renders and traces it,
   * `render` only renders it.
   */
  rendering(
    key: string,
    contents: readonly string[],
    run: () => TracedRun,
    render: () => Rendering,
  ): Rendering {
    const known = this.#shapes.get(key);
    if (known === undefined) {
      if (this.#shapes.size >= MAX_SHAPES) this.#shapes.clear();
      this.#shapes.set(key, { traces: [], isClosed: false });
      return render();
    }
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
}
