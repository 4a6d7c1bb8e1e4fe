// Calls, and the arguments of calls, filters and tests.
import { TemplateSyntaxError, typeError } from '../failures/failure.js';
import { getAttribute, methodOf } from '../lookup/lookup.js';
import { toArray } from '../python/iteration.js';
import { typeName, undefinedError } from '../python/type-names.js';
import type { AttributeNode, CallArguments, CallNode } from '../nodes/expression.js';
import type { Run } from '../values/run.js';
import { read } from '../text/search.js';
import { isStr } from '../text/text.js';
import { Dict } from '../values/dict.js';
import { Undefined } from '../values/undefined.js';
import { NO_NAMES, PythonObject, type Named, type Value } from '../values/value.js';
import type { Compiler } from './compiler.js';
import type { Evaluate, Frame } from './frame.js';
import { evaluateAll } from './literals.js';
import type { Scope } from './scope.js';

export interface Arguments {
  readonly args: (frame: Frame) => readonly Value[];
  readonly named: (frame: Frame) => Named;
}

const NOTHING: readonly Value[] = [];

/** Errors: TemplateSyntaxError where a name is given twice. */
export function compileArguments(
  compiler: Compiler,
  node: CallArguments,
  scope: Scope,
  at: number,
): Arguments {
  const names = node.named.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new TemplateSyntaxError(`keyword argument repeated: ${twice}`, at);
  return {
    args: compilePositional(compiler, node, scope),
    named: compileNamed(compiler, node, scope),
  };
}

function compilePositional(
  compiler: Compiler,
  node: CallArguments,
  scope: Scope,
): Arguments['args'] {
  const positional = compiler.expressions(node.positional, scope);
  if (node.spread !== undefined) {
    const spread = compiler.expression(node.spread, scope);
    return (frame) => [...evaluateAll(frame, positional), ...toArray(frame.run, spread(frame))];
  }
  const [only] = positional;
  if (only === undefined) return () => NOTHING;
  return positional.length === 1
    ? (frame) => [only(frame)]
    : (frame) => evaluateAll(frame, positional);
}

function compileNamed(compiler: Compiler, node: CallArguments, scope: Scope): Arguments['named'] {
  if (node.named.length === 0 && node.namedSpread === undefined) return () => NO_NAMES;
  const given = node.named.map(({ name, value }) => ({
    name,
    value: compiler.expression(value, scope),
  }));
  const spread =
    node.namedSpread === undefined ? undefined : compiler.expression(node.namedSpread, scope);
  return (frame) => {
    const named = new Map<string, Value>();
    for (const { name, value } of given) named.set(name, value(frame));
    if (spread !== undefined) addNamed(frame.run, named, spread(frame));
    return named;
  };
}

function addNamed(run: Run, named: Map<string, Value>, mapping: Value): void {
  if (mapping instanceof Undefined) throw undefinedError(mapping);
  if (!(mapping instanceof Dict))
    throw typeError(`argument after ** must be a mapping, not ${typeName(mapping)}`);
  for (const { key, value } of mapping.entries()) {
    if (!isStr(key)) throw typeError('keywords must be strings');
    const name = read(run, key);
    if (named.has(name)) throw typeError(`got multiple values for keyword argument '${name}'`);
    named.set(name, value);
  }
}

export function compileCall(compiler: Compiler, node: CallNode, scope: Scope): Evaluate {
  return compileCallWith(compiler, node, scope, undefined);
}

/** With `caller` as a further argument by that name. */
export function compileCallWith(
  compiler: Compiler,
  node: CallNode,
  scope: Scope,
  caller: Evaluate | undefined,
): Evaluate {
  const { at } = node;
  const { args, named } = compileArguments(compiler, node.args, scope, at);
  const allNamed = caller === undefined ? named : withCaller(named, caller);
  if (node.callee.kind === 'attribute')
    return compileMethodCall(compiler, node.callee, at, scope, { args, named: allNamed });
  const callee = compiler.expression(node.callee, scope);
  return (frame) => {
    const called = callee(frame);
    const given = args(frame);
    const givenByName = allNamed(frame);
    frame.run.at = at;
    return callValue(frame.run, called, given, givenByName);
  };
}

function withCaller(named: Arguments['named'], caller: Evaluate): Arguments['named'] {
  return (frame) => {
    const given = new Map(named(frame));
    if (given.has('caller')) throw typeError("got multiple values for keyword argument 'caller'");
    return given.set('caller', caller(frame));
  };
}

/** A method is called without making a value of it first. */
function compileMethodCall(
  compiler: Compiler,
  { name, object, at }: AttributeNode,
  callAt: number,
  scope: Scope,
  { args, named }: Arguments,
): Evaluate {
  const self = compiler.expression(object, scope);
  return (frame) => {
    const { run } = frame;
    const value = self(frame);
    run.at = at;
    const method = value instanceof Undefined ? undefined : methodOf(value, name);
    const called = method === undefined ? getAttribute(run, value, name) : null;
    const given = args(frame);
    const givenByName = named(frame);
    run.at = callAt;
    return method === undefined
      ? callValue(run, called, given, givenByName)
      : method.call(run, value, given, givenByName);
  };
}

/** Errors: TypeError where it is nothing that can be called. */
export function callValue(run: Run, called: Value, args: readonly Value[], named: Named): Value {
  if (called instanceof PythonObject && called.call !== undefined)
    return called.call(run, args, named);
  if (called instanceof Undefined) throw undefinedError(called);
  throw typeError(`'${typeName(called)}' object is not callable`);
}
