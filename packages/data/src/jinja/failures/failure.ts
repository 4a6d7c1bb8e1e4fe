// What can go wrong with a template, as this folder throws it inside: what Python would raise, a
// limit, a mistake in the source. `template.ts` makes an AutomodelError with a place of each.

/** What Python or Jinja2 would raise while a template runs. `type` is the name of the exception. */
export class PythonError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** Something of Jinja2 or Python that this engine leaves out: it is refused by name. */
export class UnsupportedError extends Error {}

/** A template went over its limits. */
export class TemplateLimitError extends Error {}

/** The source is no template. `at` is an offset into it. */
export class TemplateSyntaxError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

export function typeError(message: string): PythonError {
  return new PythonError('TypeError', message);
}

export function valueError(message: string): PythonError {
  return new PythonError('ValueError', message);
}
