// Jinja's `joiner`: nothing at the first call, its separator from then on.
import { typeError } from '../failures/failure.js';
import type { Run } from '../values/run.js';
import { printedObject } from '../values/iterator.js';
import { PythonObject, type Named, type Value } from '../values/value.js';

export class Joiner extends PythonObject {
  readonly typeName = 'Joiner';
  override readonly module = 'jinja2.utils';
  readonly #separator: Value;
  #used = false;

  constructor(separator: Value) {
    super();
    this.#separator = separator;
  }

  override call(_run: Run, args: readonly Value[], named: Named): Value {
    if (args.length + named.size > 0) throw typeError('Joiner.__call__() takes no arguments');
    if (this.#used) return this.#separator;
    this.#used = true;
    return '';
  }

  override attribute(_run: Run, name: string): Value | undefined {
    if (name === 'sep') return this.#separator;
    return name === 'used' ? this.#used : undefined;
  }

  print(): string {
    return printedObject('jinja2.utils.Joiner object');
  }
}
