// The `loop` of a `for`: where the loop is. It looks one item ahead where a template asks for the
// last or the next one, and goes through a generator where it asks for the length.
import { typeError } from '../failures/failure.js';
import { sameItems } from '../python/equality.js';
import { lengthIfAny } from '../python/iteration.js';
import type { Run } from '../values/run.js';
import type { Str } from '../text/text.js';
import { variadic, type Builtin } from '../values/builtin.js';
import { BoundMethod } from '../values/callable.js';
import { Undefined } from '../values/undefined.js';
import { PythonObject, type Named, type Next, type Value } from '../values/value.js';

/** Writes the body of a recursive loop for other items. */
export type Recurse = (iterable: Value, depth: number) => Str;

export class LoopContext extends PythonObject {
  readonly typeName = 'LoopContext';
  override readonly module = 'jinja2.runtime';
  readonly #iterable: Value;
  readonly #recurse: Recurse | undefined;
  readonly #depth: number;
  #next: Next;
  #index0 = -1;
  #length: number | undefined;
  #before: Value | undefined;
  #current: Value | undefined;
  /** The item that was looked at ahead. */
  #after: Value | undefined;
  #lastChanged: readonly Value[] | undefined;

  /** `iterable` is what `next` goes through, for its length. */
  constructor(iterable: Value, next: Next, recurse: Recurse | undefined, depth: number) {
    super();
    this.#iterable = iterable;
    this.#next = next;
    this.#recurse = recurse;
    this.#depth = depth;
  }

  /** Goes on to the next item; undefined at the end. */
  advance(): Value | undefined {
    const item = this.#peek();
    this.#after = undefined;
    if (item === undefined) return undefined;
    this.#index0++;
    this.#before = this.#current;
    this.#current = item;
    return item;
  }

  #peek(): Value | undefined {
    if (this.#after === undefined) this.#after = this.#next();
    return this.#after;
  }

  override attribute(run: Run, name: string): Value | undefined {
    switch (name) {
      case 'index0':
        return this.#index0;
      case 'index':
        return this.#index0 + 1;
      case 'revindex0':
        return this.length(run) - this.#index0 - 1;
      case 'revindex':
        return this.length(run) - this.#index0;
      case 'first':
        return this.#index0 === 0;
      case 'last':
        return this.#peek() === undefined;
      case 'length':
        return this.length(run);
      case 'depth':
        return this.#depth + 1;
      case 'depth0':
        return this.#depth;
      case 'previtem':
        return orUndefined(
          this.#index0 === 0 ? undefined : this.#before,
          'there is no previous item',
        );
      case 'nextitem':
        return orUndefined(this.#peek(), 'there is no next item');
      case 'cycle':
      case 'changed':
        return new BoundMethod(name === 'cycle' ? CYCLE : CHANGED, this, this.typeName);
      default:
        return undefined;
    }
  }

  override length(run: Run): number {
    if (this.#length !== undefined) return this.#length;
    this.#length = lengthIfAny(run, this.#iterable);
    if (this.#length === undefined) {
      const rest: Value[] = [];
      for (let item = this.#next(); item !== undefined; item = this.#next()) {
        run.items(1);
        rest.push(item);
      }
      let at = 0;
      this.#next = () => rest[at++];
      this.#length = rest.length + this.#index0 + 1 + (this.#after === undefined ? 0 : 1);
    }
    return this.#length;
  }

  print(run: Run): Str {
    return `<LoopContext ${this.#index0 + 1}/${this.length(run)}>`;
  }

  cycle(args: readonly Value[]): Value {
    const value = args[this.#index0 % args.length];
    if (value === undefined) throw typeError('no items for cycling given');
    return value;
  }

  changed(run: Run, values: readonly Value[]): boolean {
    if (this.#lastChanged !== undefined && sameItems(run, this.#lastChanged, values)) return false;
    this.#lastChanged = values;
    return true;
  }

  /** `loop(items)` of a recursive loop. */
  override call(_run: Run, args: readonly Value[], named: Named): Value {
    if (this.#recurse === undefined)
      throw typeError("The loop must have the 'recursive' marker to be called recursively.");
    const iterable = args.length > 0 ? args[0] : named.get('iterable');
    if (iterable === undefined || args.length + named.size !== 1)
      throw typeError('loop() takes one argument');
    return this.#recurse(iterable, this.#depth + 1);
  }
}

function orUndefined(value: Value | undefined, hint: string): Value {
  return value === undefined ? new Undefined(null, { hint }) : value;
}

function withoutNames(name: string, named: Named): void {
  if (named.size > 0) throw typeError(`${name}() got an unexpected keyword argument`);
}

const CYCLE: Builtin<LoopContext> = variadic('cycle', (_run, loop, args, named) => {
  withoutNames('cycle', named);
  return loop.cycle(args);
});

const CHANGED: Builtin<LoopContext> = variadic('changed', (run, loop, args, named) => {
  withoutNames('changed', named);
  return loop.changed(run, args);
});
