// Conditions, assignments and `with`.
import { isTrue } from '../python/truth.js';
import type { IfNode, SetBlockNode, SetNode, WithNode } from '../nodes/statement.js';
import { analyze } from '../scopes/analyze.js';
import { captureBody } from './capture-body.js';
import type { Compiler } from './compiler.js';
import { compileFilterOf } from './filters-and-tests.js';
import type { Execute } from './frame.js';
import type { Scope } from './scope.js';
import { assignTo } from './variables.js';

export function compileIf(compiler: Compiler, node: IfNode, outer: Scope): Execute {
  const scope = outer.soft();
  const branches = [node, ...node.alternatives].map(({ test, body }) => ({
    test: compiler.expression(test, scope),
    body: compiler.body(body, scope),
  }));
  const otherwise = compiler.body(node.otherwise, scope);
  return (frame) => {
    for (const { test, body } of branches) if (isTrue(frame.run, test(frame))) return body(frame);
    return otherwise(frame);
  };
}

/** Whether blocks see what is assigned in a scope. */
export function keepsNames(compiler: Compiler, scope: Scope): boolean {
  return compiler.hasBlocks && scope.kind === 'top';
}

export function compileSet(compiler: Compiler, node: SetNode, scope: Scope): Execute {
  const value = compiler.expression(node.value, scope);
  const assign = assignTo(node.target, scope, keepsNames(compiler, scope));
  return (frame) => {
    assign(frame, value(frame));
    return undefined;
  };
}

export function compileSetBlock(compiler: Compiler, node: SetBlockNode, outer: Scope): Execute {
  const scope = outer.inner();
  analyze(scope.symbols, node.body);
  const enter = scope.enter();
  const body = compiler.body(node.body, scope);
  const filter =
    node.filter === undefined ? undefined : compileFilterOf(compiler, node.filter, scope);
  const assign = assignTo(node.target, outer, keepsNames(compiler, outer));
  const leave = scope.leave();
  return (frame) => {
    enter(frame);
    const captured = captureBody(frame.run, frame, body);
    if (captured.signal === undefined)
      assign(frame, filter === undefined ? captured.text : filter(frame, captured.text));
    leave(frame);
    return captured.signal;
  };
}

export function compileWith(compiler: Compiler, node: WithNode, outer: Scope): Execute {
  const scope = outer.inner();
  analyze(scope.symbols, [...node.targets, ...node.body]);
  const enter = scope.enter();
  const values = node.targets.map((target, i) => {
    const value = node.values[i];
    return {
      assign: assignTo(target, scope, false),
      value: value === undefined ? () => null : compiler.expression(value, outer),
    };
  });
  const body = compiler.body(node.body, scope);
  const leave = scope.leave();
  return (frame) => {
    enter(frame);
    for (const { assign, value } of values) assign(frame, value(frame));
    const signal = body(frame);
    leave(frame);
    return signal;
  };
}
