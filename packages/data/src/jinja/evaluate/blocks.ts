// `{% block %}` of a template that extends none: a function of its own, written where it stands.
import { PythonError } from '../failures/failure.js';
import { heightOf, sizeOf } from '../nodes/measures.js';
import type { BlockNode } from '../nodes/statement.js';
import { quote } from '../python/quote.js';
import { analyze } from '../scopes/analyze.js';
import { findUndeclared } from '../scopes/undeclared.js';
import type { Value } from '../values/value.js';
import { noParent, TemplateReference } from './block-references.js';
import type { Compiler } from './compiler.js';
import { Frame, type BlockBody, type Execute } from './frame.js';
import { frameAt, Scope } from './scope.js';

export function compileBlock(compiler: Compiler, node: BlockNode): BlockBody {
  const scope = Scope.root('block');
  const undeclared = findUndeclared(node.body, ['self', 'super']);
  const variables = [...undeclared].map((name) => ({
    name,
    variable: scope.symbols.declareParameter(name),
  }));
  analyze(scope.symbols, node.body);
  const enter = scope.enter();
  const slots = variables.map(({ name, variable }) => ({
    name,
    slot: scope.code.declare(variable),
  }));
  const body = compiler.body(node.body, scope);
  const height = 2 + heightOf(node.body);
  const size = 2 + sizeOf(node.body);
  return (run, context) => {
    run.spend(size);
    run.enter(height);
    const frame = new Frame(run, context, scope.code.size);
    for (const { name, slot } of slots)
      frame.slots[slot] = name === 'self' ? new TemplateReference(context) : noParent(node.name);
    enter(frame);
    body(frame);
    run.leave(height);
  };
}

export function compileBlockReference(compiler: Compiler, node: BlockNode, scope: Scope): Execute {
  if (node.required)
    return () => {
      throw new PythonError('TemplateRuntimeError', `Required block ${quote(node.name)} not found`);
    };
  const stores = node.scoped
    ? Array.from(scope.symbols.allStores(), ([name, variable]) => ({
        name,
        place: scope.place(variable),
      }))
    : [];
  return (frame) => {
    let { context } = frame;
    if (stores.length > 0) {
      const values = new Map<string, Value>();
      for (const { name, place } of stores) {
        const value = frameAt(frame, place.hops).slots[place.slot];
        if (value !== undefined) values.set(name, value);
      }
      context = context.derived(values);
    }
    compiler.blocks.get(node.name)?.(frame.run, context);
    return undefined;
  };
}
