// Reading names and assigning to targets.
import { PythonError, valueError } from '../failures/failure.js';
import { iterate } from '../python/iteration.js';
import { isTargetOf } from '../scopes/undeclared.js';
import { childrenOf } from '../nodes/children.js';
import type { AnyNode } from '../nodes/statement.js';
import type { Expression, NameNode } from '../nodes/expression.js';
import type { Run } from '../values/run.js';
import { MISSING } from '../values/missing.js';
import { Namespace } from '../objects/namespace.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';
import type { Assign, Evaluate } from './frame.js';
import { frameAt, type Scope } from './scope.js';

/** The value of a name; what is undefined where it is missing. */
export function readName({ name, at }: NameNode, scope: Scope): Evaluate {
  const variable = scope.variable(name, at);
  const { hops, slot } = scope.place(variable);
  const isParameter =
    scope.symbols.findLoad(variable)?.kind === 'parameter' && !scope.pending.has(variable);
  const otherwise = isParameter ? () => MISSING : () => new Undefined(name);
  if (hops === 0)
    return (frame) => {
      const value = frame.slots[slot];
      return value === undefined ? otherwise() : value;
    };
  return (frame) => {
    const value = frameAt(frame, hops).slots[slot];
    return value === undefined ? otherwise() : value;
  };
}

/**
 * Assigns to a target. `keeps` says whether blocks see the name: what is stored at the top level.
 */
export function assignTo(target: Expression, scope: Scope, keeps: boolean): Assign {
  if (target.kind === 'tuple') {
    const assigns = target.items.map((item) => assignTo(item, scope, keeps));
    return (frame, value) => {
      frame.run.at = target.at;
      for (const [i, item] of unpack(frame.run, value, assigns.length).entries())
        assigns[i]?.(frame, item);
    };
  }
  if (target.kind === 'namespace')
    return assignAttribute(target.name, target.attribute, target.at, scope);
  const { name, at } = target as NameNode;
  const { hops, slot } = scope.place(scope.variable(name, at));
  return (frame, value) => {
    frameAt(frame, hops).slots[slot] = value;
    if (keeps) frame.context.store(name, value);
  };
}

function assignAttribute(name: string, attribute: string, at: number, scope: Scope): Assign {
  const { hops, slot } = scope.place(scope.variable(name, at));
  return (frame, value) => {
    const namespace = frameAt(frame, hops).slots[slot];
    if (!(namespace instanceof Namespace)) {
      frame.run.at = at;
      throw new PythonError(
        'TemplateRuntimeError',
        'cannot assign attribute on non-namespace object',
      );
    }
    namespace.set(attribute, value);
  };
}

/** Exactly `count` items. Errors: ValueError. */
function unpack(run: Run, value: Value, count: number): Value[] {
  const next = iterate(run, value);
  const items: Value[] = [];
  for (let item = next(); item !== undefined; item = next()) {
    if (items.length === count) throw valueError(`too many values to unpack (expected ${count})`);
    items.push(item);
  }
  if (items.length < count)
    throw valueError(`not enough values to unpack (expected ${count}, got ${items.length})`);
  return items;
}

/** Where a name is assigned to within a node; undefined where it is not. */
export function findStore(node: AnyNode, name: string, isTarget = false): number | undefined {
  if (node.kind === 'name') return isTarget && node.name === name ? node.at : undefined;
  for (const child of childrenOf(node)) {
    const within = isTarget || (node.kind !== 'with' && isTargetOf(node, child));
    const at = findStore(child, name, within);
    if (at !== undefined) return at;
  }
  return undefined;
}
