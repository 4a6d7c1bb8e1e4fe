// Constants, tuples, lists and dicts.
import { PythonError } from '../failures/failure.js';
import { hashOf } from '../python/hash.js';
import type { ConstantNode, DictNode, ListNode, TupleNode } from '../nodes/expression.js';
import { Dict } from '../values/dict.js';
import { Float, List, Tuple, type Value } from '../values/value.js';
import type { Compiler } from './compiler.js';
import type { Evaluate, Frame } from './frame.js';
import type { Scope } from './scope.js';

export function compileConstant({ value }: ConstantNode): Evaluate {
  if (typeof value !== 'object' || value === null) return () => value;
  const float = new Float(value.float);
  return Number.isFinite(value.float) ? () => float : nameless(float);
}

/**
 * Jinja's compiler writes a constant that is not finite as the name `inf` or `nan`, which Python
 * does not know: it can be computed with while the template is compiled, and written.
 */
export function nameless(value: Value): Evaluate {
  return ({ run }) => {
    if (run.isFolding) return value;
    throw new PythonError('NameError', "name 'inf' is not defined");
  };
}

export function compileTuple(compiler: Compiler, node: TupleNode, scope: Scope): Evaluate {
  const items = compiler.expressions(node.items, scope);
  return (frame) => new Tuple(evaluateAll(frame, items));
}

export function compileList(compiler: Compiler, node: ListNode, scope: Scope): Evaluate {
  const items = compiler.expressions(node.items, scope);
  return (frame) => new List(evaluateAll(frame, items));
}

export function evaluateAll(frame: Frame, expressions: readonly Evaluate[]): Value[] {
  const values: Value[] = [];
  for (const expression of expressions) values.push(expression(frame));
  return values;
}

export function compileDict(compiler: Compiler, node: DictNode, scope: Scope): Evaluate {
  const entries = node.entries.map(({ key, value }) => ({
    at: key.at,
    key: compiler.expression(key, scope),
    value: compiler.expression(value, scope),
  }));
  return (frame) => {
    const dict = new Dict();
    for (const entry of entries) {
      const key = entry.key(frame);
      const value = entry.value(frame);
      frame.run.at = entry.at;
      dict.set(hashOf(frame.run, key), key, value);
    }
    return dict;
  };
}
