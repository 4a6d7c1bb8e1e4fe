// What was found out about chat templates by trying them: once for each template and set of
// variables, which decide together what is written.
import type { ChatTemplate, RenderOptions } from './chat-template.js';

const NO_VARIABLES = {};

/** Remembers one thing about each template. */
export class PerTemplate<T> {
  readonly #known = new WeakMap<ChatTemplate, WeakMap<object, T>>();
  readonly #find: (template: ChatTemplate, variables: RenderOptions['variables']) => T;

  constructor(find: (template: ChatTemplate, variables: RenderOptions['variables']) => T) {
    this.#find = find;
  }

  of(template: ChatTemplate, variables: RenderOptions['variables']): T {
    let known = this.#known.get(template);
    if (known === undefined) this.#known.set(template, (known = new WeakMap()));
    const key = variables ?? NO_VARIABLES;
    const found = known.get(key);
    if (found !== undefined) return found;
    const value = this.#find(template, variables);
    known.set(key, value);
    return value;
  }
}
