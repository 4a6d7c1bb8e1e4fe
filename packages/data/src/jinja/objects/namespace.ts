// Jinja's `namespace`: the one value that a template can change.
import { dictText } from '../python/strings.js';
import type { Run } from '../values/run.js';
import { concat } from '../text/join.js';
import type { Str } from '../text/text.js';
import { hashOfText, type Dict } from '../values/dict.js';
import { PythonObject, type Value } from '../values/value.js';

export class Namespace extends PythonObject {
  readonly typeName = 'Namespace';
  override readonly module = 'jinja2.utils';
  readonly #values: Dict;
  #isPrinting = false;

  /** The dict is the namespace's own from now on. */
  constructor(values: Dict) {
    super();
    this.#values = values;
  }

  override attribute(_run: Run, name: string): Value | undefined {
    return this.#values.lookup(name);
  }

  set(name: string, value: Value): void {
    this.#values.set(hashOfText(name), name, value);
  }

  print(run: Run): Str {
    if (this.#isPrinting) return '<Namespace {...}>';
    this.#isPrinting = true;
    const text = concat(run, ['<Namespace ', dictText(run, this.#values), '>']);
    this.#isPrinting = false;
    return text;
  }
}
