// A macro, or what `caller` is within one: a function that gives what its body writes.
import { typeError } from '../failures/failure.js';
import { quote } from '../python/quote.js';
import type { Run } from '../values/run.js';
import type { Str } from '../text/text.js';
import { Dict, hashOfText } from '../values/dict.js';
import { Undefined } from '../values/undefined.js';
import { PythonObject, Tuple, type Named, type Value } from '../values/value.js';

export interface MacroShape {
  /** Undefined for a caller. */
  readonly name: string | undefined;
  readonly parameters: readonly string[];
  /** Whether the body uses `caller`, `kwargs` and `varargs`. */
  readonly usesCaller: boolean;
  readonly usesNamed: boolean;
  readonly usesRest: boolean;
}

/** Runs the body: undefined where an argument is missing. */
export type MacroBody = (run: Run, args: readonly (Value | undefined)[]) => Str;

export class Macro extends PythonObject {
  readonly typeName = 'Macro';
  override readonly module = 'jinja2.runtime';
  readonly #shape: MacroShape;
  readonly #body: MacroBody;

  constructor(shape: MacroShape, body: MacroBody) {
    super();
    this.#shape = shape;
    this.#body = body;
  }

  /** Errors: TypeError for arguments that do not fit. */
  override call(run: Run, args: readonly Value[], named: Named): Value {
    const { parameters, usesCaller, usesNamed, usesRest } = this.#shape;
    const left = new Map(named);
    const bound: (Value | undefined)[] = args.slice(0, parameters.length);
    let hasCaller = bound.length === parameters.length && parameters.includes('caller');
    for (const name of parameters.slice(bound.length)) {
      bound.push(left.get(name));
      left.delete(name);
      hasCaller ||= name === 'caller';
    }
    if (usesCaller && !hasCaller) bound.push(takeCaller(left));
    if (usesNamed) bound.push(dictOf(left));
    else if (left.size > 0) throw this.#unexpected(left);
    if (usesRest) bound.push(new Tuple(args.slice(parameters.length)));
    else if (args.length > parameters.length)
      throw typeError(
        `macro ${this.#label()} takes not more than ${parameters.length} argument(s)`,
      );
    return this.#body(run, bound);
  }

  #unexpected(left: Named): Error {
    const [first = ''] = left.keys();
    return typeError(
      left.has('caller')
        ? `macro ${this.#label()} was invoked with two values for the special caller argument`
        : `macro ${this.#label()} takes no keyword argument ${quote(first)}`,
    );
  }

  #label(): string {
    return this.#shape.name === undefined ? 'None' : quote(this.#shape.name);
  }

  override attribute(_run: Run, name: string): Value | undefined {
    const { parameters, usesCaller, usesNamed, usesRest } = this.#shape;
    switch (name) {
      case 'name':
        return this.#shape.name ?? null;
      case 'arguments':
        return new Tuple(parameters);
      case 'catch_kwargs':
        return usesNamed;
      case 'catch_varargs':
        return usesRest;
      case 'caller':
        return usesCaller;
      case 'explicit_caller':
        return parameters.includes('caller');
      default:
        return undefined;
    }
  }

  print(): string {
    const { name } = this.#shape;
    return `<Macro ${name === undefined ? 'anonymous' : quote(name)}>`;
  }
}

/** The argument `caller`, or what is undefined: None counts as none. */
function takeCaller(named: Map<string, Value>): Value {
  const caller = named.get('caller');
  named.delete('caller');
  return caller === undefined || caller === null
    ? new Undefined('caller', { hint: 'No caller defined' })
    : caller;
}

function dictOf(named: Named): Dict {
  const dict = new Dict();
  for (const [name, value] of named) dict.set(hashOfText(name), name, value);
  return dict;
}
