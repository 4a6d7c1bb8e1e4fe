// A Jinja template, compiled once and rendered often: as Jinja2 3.1 renders it with transformers'
// settings, with the origin of every character. A template that many similar values go through can
// be traced (trace/).
import { AutomodelError } from '@automodel/core';
import { compileTemplate, type TemplateBody } from './evaluate/compile-template.js';
import {
  PythonError,
  TemplateLimitError,
  TemplateSyntaxError,
  UnsupportedError,
} from './failures/failure.js';
import { normalizeSource } from './lexer/lexer.js';
import { DEFAULT_LIMITS, type Limits } from './failures/limits.js';
import { LOOKUP } from './evaluate/lookup-tables.js';
import { RenderingBuilder, type Rendering } from './rendering.js';
import { Run } from './values/run.js';
import type { Recorder } from './text/operation.js';
import { segmentsOf, type Str, type Text } from './text/text.js';
import { TraceRecorder } from './trace/recorder.js';
import { Trace } from './trace.js';
import type { Value } from './values/value.js';

export type Variables = ReadonlyMap<string, Value>;

export interface RenderOptions {
  /** What the rendering may take. */
  readonly limits?: Limits | undefined;
  /** What the template calls `strftime_now`; without it, calling that is an error. */
  readonly strftimeNow?: ((format: string) => string) | undefined;
}

export interface TracedRendering {
  readonly rendering: Rendering;
  /** Undefined where a template does too much with the slots to make a trace of it. */
  readonly trace: Trace | undefined;
}

/** Errors: `bad-file` with name, line and column where the source is no template. */
export function compile(name: string, source: string): Template {
  const normalized = normalizeSource(source);
  try {
    return new Template(name, normalized, compileTemplate(normalized));
  } catch (cause) {
    if (!(cause instanceof TemplateSyntaxError || cause instanceof RangeError)) throw cause;
    const place = cause instanceof TemplateSyntaxError ? placeOf(normalized, cause.at) : '1:1';
    throw new AutomodelError('bad-file', cause.message, { location: `${name}:${place}`, cause });
  }
}

export class Template {
  /** Where it comes from; errors name it. */
  readonly name: string;
  readonly #source: string;
  readonly #body: TemplateBody;

  /** Use `compile`. */
  constructor(name: string, source: string, body: TemplateBody) {
    this.name = name;
    this.#source = source;
    this.#body = body;
  }

  /**
   * Errors: `bad-data` with the place in the template where it fails or refuses what it is given,
   * `unsupported` where it uses what is left out, `bad-file` where it goes over its limits.
   */
  render(variables: Variables, options: RenderOptions = {}): Rendering {
    return renderingOf(this.#run(variables, options));
  }

  /**
   * Renders once, and records how: `slots` are texts among the variables (the same objects), which
   * other renderings may have otherwise. Errors: as `render`.
   */
  trace(
    variables: Variables,
    slots: readonly Text[],
    options: RenderOptions = {},
  ): TracedRendering {
    const recorder = new TraceRecorder(slots);
    const text = this.#run(variables, options, recorder);
    const program = recorder.finish(text);
    return {
      rendering: renderingOf(text),
      trace: program === undefined ? undefined : new Trace(slots, program),
    };
  }

  #run(
    variables: Variables,
    { limits = DEFAULT_LIMITS, strftimeNow }: RenderOptions,
    recorder?: Recorder,
  ): Str {
    const run = new Run(limits, { strftimeNow }, LOOKUP, recorder);
    try {
      this.#body(run, variables);
      return run.writer.finish(run);
    } catch (cause) {
      throw this.#failure(cause, run.at);
    }
  }

  #failure(cause: unknown, at: number): unknown {
    const location = `${this.name}:${placeOf(this.#source, at)}`;
    if (cause instanceof AutomodelError) return cause.with({ location });
    if (cause instanceof TemplateLimitError || cause instanceof RangeError)
      return new AutomodelError('bad-file', `the template was stopped: ${cause.message}`, {
        location,
        cause,
      });
    if (cause instanceof UnsupportedError)
      return new AutomodelError('unsupported', cause.message, { location, cause });
    if (!(cause instanceof PythonError)) return cause;
    return new AutomodelError('bad-data', cause.message, { location, cause });
  }
}

function renderingOf(text: Str): Rendering {
  const builder = new RenderingBuilder();
  for (const segment of segmentsOf(text)) builder.add(segment);
  return builder.finish();
}

/** Line and column, both from 1, with a colon between them. */
function placeOf(source: string, at: number): string {
  const lines = source.slice(0, at).split('\n');
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}
