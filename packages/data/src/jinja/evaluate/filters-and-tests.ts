// Filters, filter blocks and tests. One that does not exist is refused when the template is
// compiled, or when it is reached where it stands within a condition.
import {
  PythonError,
  TemplateSyntaxError,
  typeError,
  UnsupportedError,
} from '../failures/failure.js';
import { FILTERS, REFUSED_FILTERS } from '../filters/filters.js';
import type { CallArguments, FilterNode, TestNode } from '../nodes/expression.js';
import type { FilterBlockNode } from '../nodes/statement.js';
import { typeName } from '../python/type-names.js';
import { analyze } from '../scopes/analyze.js';
import { TESTS } from '../tests/tests.js';
import { isStr } from '../text/text.js';
import type { Builtin } from '../values/builtin.js';
import type { Value } from '../values/value.js';
import { compileArguments } from './calls.js';
import { captureBody } from './capture-body.js';
import type { Compiler } from './compiler.js';
import type { Evaluate, Execute, Frame } from './frame.js';
import type { Scope } from './scope.js';

type Apply = (frame: Frame, operand: Value) => Value;

interface Named {
  readonly name: string;
  readonly args: CallArguments;
  readonly at: number;
}

function compileApply(
  compiler: Compiler,
  { name, args: node, at }: Named,
  scope: Scope,
  found: Builtin | undefined,
  kind: 'filter' | 'test',
): Apply {
  const { args, named } = compileArguments(compiler, node, scope, at);
  if (found === undefined) return refuse(kind, name, scope, at);
  return (frame, operand) => {
    const given = args(frame);
    const givenByName = named(frame);
    frame.run.at = at;
    return found.call(frame.run, operand, given, givenByName);
  };
}

function refuse(kind: 'filter' | 'test', name: string, scope: Scope, at: number): Apply {
  const isLeftOut = kind === 'filter' && REFUSED_FILTERS.has(name);
  const message = isLeftOut
    ? `the filter '${name}' is not supported`
    : `No ${kind} named '${name}'.`;
  if (!scope.isSoft) throw new TemplateSyntaxError(message, at);
  return (frame) => {
    frame.run.at = at;
    throw isLeftOut
      ? new UnsupportedError(message)
      : new PythonError('TemplateRuntimeError', message);
  };
}

/** A chain of filters, applied to what a block wrote. */
export function compileFilterOf(compiler: Compiler, node: FilterNode, scope: Scope): Apply {
  const apply = compileApply(compiler, node, scope, FILTERS.get(node.name), 'filter');
  const { operand } = node;
  if (operand === undefined) return apply;
  if (operand.kind === 'filter') {
    const inner = compileFilterOf(compiler, operand, scope);
    return (frame, text) => apply(frame, inner(frame, text));
  }
  const value = compiler.expression(operand, scope);
  return (frame) => apply(frame, value(frame));
}

export function compileFilter(compiler: Compiler, node: FilterNode, scope: Scope): Evaluate {
  const apply = compileFilterOf(compiler, node, scope);
  return (frame) => apply(frame, '');
}

export function compileTest(compiler: Compiler, node: TestNode, scope: Scope): Evaluate {
  const operand = compiler.expression(node.operand, scope);
  const apply = compileApply(compiler, node, scope, TESTS.get(node.name), 'test');
  return (frame) => apply(frame, operand(frame));
}

export function compileFilterBlock(
  compiler: Compiler,
  node: FilterBlockNode,
  outer: Scope,
): Execute {
  const scope = outer.inner();
  analyze(scope.symbols, [...node.body, node.filter]);
  const enter = scope.enter();
  const body = compiler.body(node.body, scope);
  const filter = compileFilterOf(compiler, node.filter, scope);
  const leave = scope.leave();
  return (frame) => {
    const { run } = frame;
    enter(frame);
    const { text, signal } = captureBody(run, frame, body);
    if (signal === undefined) {
      const written = filter(frame, text);
      if (!isStr(written)) throw typeError(`expected str instance, ${typeName(written)} found`);
      run.write(written);
    }
    leave(frame);
    return signal;
  };
}
