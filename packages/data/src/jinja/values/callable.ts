// Functions, classes and bound methods as values: what is left when a template names one without
// calling it.
import { UnsupportedError } from '../failures/failure.js';
import type { Run } from './run.js';
import type { Str } from '../text/text.js';
import type { Builtin } from './builtin.js';
import { printedObject } from './iterator.js';
import { PythonObject, type Named, type Value } from './value.js';

/** A function of the environment. */
export class FunctionValue extends PythonObject {
  readonly typeName = 'function';
  readonly #builtin: Builtin<null>;

  constructor(builtin: Builtin<null>) {
    super();
    this.#builtin = builtin;
  }

  print(): string {
    return printedObject(`function ${this.#builtin.name}`);
  }

  override call(run: Run, args: readonly Value[], named: Named): Value {
    return this.#builtin.call(run, null, args, named);
  }
}

/** A class that can be called: dict, namespace, cycler, joiner. */
export class ClassValue extends PythonObject {
  readonly typeName = 'type';
  readonly #name: string;
  readonly #builtin: Builtin<null>;
  readonly #members: readonly string[];

  /** `name` with its module; `members` are public and refused. */
  constructor(name: string, builtin: Builtin<null>, members: readonly string[]) {
    super();
    this.#name = name;
    this.#builtin = builtin;
    this.#members = members;
  }

  override attribute(_run: Run, name: string): undefined {
    if (this.#members.includes(name))
      throw new UnsupportedError(`${this.#name}.${name} is not supported`);
    return undefined;
  }

  print(): string {
    return `<class '${this.#name}'>`;
  }

  override call(run: Run, args: readonly Value[], named: Named): Value {
    return this.#builtin.call(run, null, args, named);
  }
}

/** A method with what it is a method of. */
export class BoundMethod<S> extends PythonObject {
  readonly typeName = 'builtin_function_or_method';
  readonly #builtin: Builtin<S>;
  readonly #self: S;
  readonly #ownerType: string;

  constructor(builtin: Builtin<S>, self: S, ownerType: string) {
    super();
    this.#builtin = builtin;
    this.#self = self;
    this.#ownerType = ownerType;
  }

  print(): Str {
    return printedObject(`built-in method ${this.#builtin.name} of ${this.#ownerType} object`);
  }

  override call(run: Run, args: readonly Value[], named: Named): Value {
    return this.#builtin.call(run, this.#self, args, named);
  }

  override equals(_run: Run, other: Value): boolean {
    return (
      other instanceof BoundMethod &&
      other.#builtin === this.#builtin &&
      Object.is(other.#self, this.#self)
    );
  }
}
