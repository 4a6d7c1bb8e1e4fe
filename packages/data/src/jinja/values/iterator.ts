// Python's iterators: generators of Jinja's lazy filters, reversed lists. They print as the
// objects they are; an iterator can be gone through once.
import { PythonObject, type Next, type Value } from './value.js';

/** Where an object lies in memory cannot be the same as in Python. */
const ADDRESS = '0x7f0000000000';

export class PythonIterator extends PythonObject {
  readonly typeName: string;
  readonly #printed: string;
  readonly #next: Next;

  /** `name` is that of the function where it is a generator, else of the type. */
  constructor(name: string, next: Next, isGenerator = false) {
    super();
    this.typeName = isGenerator ? 'generator' : name;
    this.#printed = isGenerator ? `generator object ${name}` : `${name} object`;
    this.#next = next;
  }

  /** A generator that a function of Jinja's makes. */
  static generator(name: string, values: () => Iterator<Value>): PythonIterator {
    let iterator: Iterator<Value> | undefined;
    const next: Next = () => {
      iterator ??= values();
      const { done, value } = iterator.next();
      return done === true ? undefined : value;
    };
    return new PythonIterator(name, next, true);
  }

  print(): string {
    return `<${this.#printed} at ${ADDRESS}>`;
  }

  override iterate(): Next {
    return this.#next;
  }
}

/** `<built-in function ...>` and the like. */
export function printedObject(description: string): string {
  return `<${description} at ${ADDRESS}>`;
}
