// Jinja's `cycler`: gives its items in turn.
import type { Run } from '../values/run.js';
import { builtin, type Builtin } from '../values/builtin.js';
import { BoundMethod } from '../values/callable.js';
import { printedObject } from '../values/iterator.js';
import { PythonObject, Tuple, type Value } from '../values/value.js';

export class Cycler extends PythonObject {
  readonly typeName = 'Cycler';
  override readonly module = 'jinja2.utils';
  readonly #items: readonly Value[];
  #position = 0;

  /** At least one item. */
  constructor(items: readonly Value[]) {
    super();
    this.#items = items;
  }

  get current(): Value {
    return this.#items[this.#position] ?? null;
  }

  advance(): Value {
    const { current } = this;
    this.#position = (this.#position + 1) % this.#items.length;
    return current;
  }

  reset(): void {
    this.#position = 0;
  }

  override attribute(_run: Run, name: string): Value | undefined {
    switch (name) {
      case 'current':
        return this.current;
      case 'items':
        return new Tuple(this.#items);
      case 'pos':
        return this.#position;
      case 'next':
        return new BoundMethod(NEXT, this, this.typeName);
      case 'reset':
        return new BoundMethod(RESET, this, this.typeName);
      default:
        return undefined;
    }
  }

  print(): string {
    return printedObject('jinja2.utils.Cycler object');
  }
}

const NEXT: Builtin<Cycler> = builtin('next', '/', (_run, cycler) => cycler.advance());
const RESET: Builtin<Cycler> = builtin('reset', '/', (_run, cycler) => {
  cycler.reset();
  return null;
});
