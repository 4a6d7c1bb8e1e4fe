// Jinja's default `Undefined`: it prints as nothing, is false and has no items; everything else
// that is done with it is an error that says what was looked up.
import { PythonError } from '../failures/failure.js';
import type { Value } from './value.js';

export interface UndefinedDetails {
  /** The whole message. */
  readonly hint?: string;
  /** What the name was looked up in. */
  readonly object?: Value;
  /** The sandbox hides it: using it is a SecurityError. */
  readonly unsafe?: boolean;
}

export class Undefined {
  /** A name, or the key of an item. */
  readonly name: Value;
  readonly details: UndefinedDetails;

  constructor(name: Value, details: UndefinedDetails = {}) {
    this.name = name;
    this.details = details;
  }

  /** The error of using it. `describe` writes an object's type and a key as messages do. */
  failure(describe: {
    readonly type: (value: Value) => string;
    readonly key: (value: Value) => string;
  }): PythonError {
    return new PythonError(
      this.details.unsafe === true ? 'SecurityError' : 'UndefinedError',
      this.#message(describe),
    );
  }

  #message(describe: Parameters<Undefined['failure']>[0]): string {
    const { hint, object } = this.details;
    if (hint !== undefined) return hint;
    if (object === undefined) return `${describe.key(this.name)} is undefined`;
    return typeof this.name === 'string'
      ? `'${describe.type(object)}' has no attribute ${describe.key(this.name)}`
      : `${describe.type(object)} has no element ${describe.key(this.name)}`;
  }
}
