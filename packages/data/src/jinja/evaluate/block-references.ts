// `self` and `super` in a template with blocks: a template without a parent can write a block
// again, and `super` is always undefined.
import { typeError } from '../failures/failure.js';
import { quote } from '../python/quote.js';
import type { Run } from '../values/run.js';
import { read } from '../text/search.js';
import { isStr } from '../text/text.js';
import { Undefined } from '../values/undefined.js';
import { printedObject } from '../values/iterator.js';
import { PythonObject, type Named, type Value } from '../values/value.js';
import type { BlockBody, Context } from './frame.js';

/** `self`: its items are the blocks. */
export class TemplateReference extends PythonObject {
  readonly typeName = 'TemplateReference';
  override readonly module = 'jinja2.runtime';
  readonly #context: Context;

  constructor(context: Context) {
    super();
    this.#context = context;
  }

  override item(run: Run, key: Value): Value | undefined {
    if (!isStr(key)) return undefined;
    const name = read(run, key);
    const body = this.#context.blocks.get(name);
    return body === undefined ? undefined : new BlockReference(name, body, this.#context);
  }

  print(): string {
    return '<TemplateReference None>';
  }
}

class BlockReference extends PythonObject {
  readonly typeName = 'BlockReference';
  override readonly module = 'jinja2.runtime';
  readonly #name: string;
  readonly #body: BlockBody;
  readonly #context: Context;

  constructor(name: string, body: BlockBody, context: Context) {
    super();
    this.#name = name;
    this.#body = body;
    this.#context = context;
  }

  override call(run: Run, args: readonly Value[], named: Named): Value {
    if (args.length + named.size > 0) throw typeError('a block takes no arguments');
    return run.capture(() => this.#body(run, this.#context));
  }

  override attribute(_run: Run, name: string): Value | undefined {
    if (name === 'name') return this.#name;
    return name === 'super' ? noParent(this.#name) : undefined;
  }

  print(): string {
    return printedObject('jinja2.runtime.BlockReference object');
  }
}

/** What `super` is in a block that no parent has. */
export function noParent(block: string): Undefined {
  return new Undefined('super', { hint: `there is no parent block called ${quote(block)}.` });
}
