// Attributes, items and slices.
import { getAttribute, getItem } from '../lookup/lookup.js';
import { PythonError } from '../failures/failure.js';
import type { AttributeNode, Expression, ItemNode, SliceNode } from '../nodes/expression.js';
import type { Run } from '../values/run.js';
import { Dict } from '../values/dict.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';
import type { Compiler } from './compiler.js';
import type { Evaluate } from './frame.js';
import type { Scope } from './scope.js';
import { getSlice, type SliceBounds } from '../operators/slices.js';

export function compileAttribute(compiler: Compiler, node: AttributeNode, scope: Scope): Evaluate {
  const { name, at } = node;
  const object = compiler.expression(node.object, scope);
  return (frame) => {
    const value = object(frame);
    frame.run.at = at;
    return getAttribute(frame.run, value, name);
  };
}

export function compileItem(compiler: Compiler, node: ItemNode, scope: Scope): Evaluate {
  const { at } = node;
  const object = compiler.expression(node.object, scope);
  if (node.index.kind === 'slice') return compileSlice(compiler, node.index, object, scope);
  const name = constantText(node.index);
  if (name !== undefined)
    return (frame) => {
      const value = object(frame);
      frame.run.at = at;
      const found = value instanceof Dict ? value.lookup(name) : undefined;
      return found === undefined ? getItem(frame.run, value, name) : found;
    };
  const index = compiler.expression(node.index, scope);
  return (frame) => {
    const [value, key] = [object(frame), index(frame)];
    frame.run.at = at;
    return getItem(frame.run, value, key);
  };
}

function constantText(node: Expression): string | undefined {
  return node.kind === 'constant' && typeof node.value === 'string' ? node.value : undefined;
}

function compileSlice(
  compiler: Compiler,
  node: SliceNode,
  object: Evaluate,
  scope: Scope,
): Evaluate {
  const bound = (part: Expression | undefined): Evaluate =>
    part === undefined ? () => null : compiler.expression(part, scope);
  const [start, stop, step] = [bound(node.start), bound(node.stop), bound(node.step)];
  return (frame) => {
    const value = object(frame);
    const bounds = { start: start(frame), stop: stop(frame), step: step(frame) };
    frame.run.at = node.at;
    return frame.run.isFolding
      ? getConstantSlice(frame.run, value, bounds)
      : getSlice(frame.run, value, bounds);
  };
}

/** Of a constant Jinja's compiler asks for a slice as for an item: what has none is undefined. */
function getConstantSlice(run: Run, object: Value, bounds: SliceBounds): Value {
  try {
    return getSlice(run, object, bounds);
  } catch (cause) {
    if (!(cause instanceof PythonError) || cause.type !== 'TypeError') throw cause;
    return new Undefined(null, { object });
  }
}
