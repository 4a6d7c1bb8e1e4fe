// Operators: arithmetic, comparison, logic, `~` and conditional expressions.
import { COMPARE } from '../operators/compare.js';
import { toStr } from '../python/strings.js';
import { isTrue } from '../python/truth.js';
import type {
  BinaryNode,
  CompareNode,
  ConcatNode,
  ConditionalNode,
  Expression,
  LogicalNode,
  UnaryNode,
} from '../nodes/expression.js';
import { concat } from '../text/join.js';
import { textLength } from '../text/size.js';
import type { Run } from '../values/run.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';
import type { Compiler } from './compiler.js';
import { constantTruth, isConstant } from './folding.js';
import type { Evaluate } from './frame.js';
import { operate, sign } from '../operators/operators.js';
import type { Scope } from './scope.js';

export function compileBinary(compiler: Compiler, node: BinaryNode, scope: Scope): Evaluate {
  const { operator, at } = node;
  const left = compiler.expression(node.left, scope);
  const right = compiler.expression(node.right, scope);
  return (frame) => {
    const [one, other] = [left(frame), right(frame)];
    frame.run.at = at;
    return operate(frame.run, operator, one, other);
  };
}

export function compileLogical(compiler: Compiler, node: LogicalNode, scope: Scope): Evaluate {
  const left = compiler.expression(node.left, scope);
  const goesOn = node.kind === 'and';
  if (truthOf(compiler, node.left, left) === !goesOn) return decided(compiler, node, left);
  const right = compiler.expression(node.right, scope);
  return (frame) => {
    const value = left(frame);
    return isTrue(frame.run, value) === goesOn ? right(frame) : value;
  };
}

export function compileUnary(compiler: Compiler, node: UnaryNode, scope: Scope): Evaluate {
  const { operator, at } = node;
  const operand = compiler.expression(node.operand, scope);
  if (operator === 'not') return (frame) => !isTrue(frame.run, operand(frame));
  return (frame) => {
    const value = operand(frame);
    frame.run.at = at;
    return sign(operator, value);
  };
}

export function compileConcat(compiler: Compiler, node: ConcatNode, scope: Scope): Evaluate {
  const parts = compiler.expressions(node.parts, scope);
  const { at } = node;
  return (frame) => {
    const { run } = frame;
    const values = parts.map((part) => part(frame));
    run.at = at;
    const texts = values.map((value) => toStr(run, value));
    run.room(texts.reduce((length, text) => length + textLength(text), 0));
    return concat(run, texts);
  };
}

export function compileConditional(
  compiler: Compiler,
  node: ConditionalNode,
  outer: Scope,
): Evaluate {
  const scope = outer.soft();
  const test = compiler.expression(node.test, scope);
  const truth = truthOf(compiler, node.test, test);
  const then = compiler.expression(node.then, scope);
  const otherwise =
    node.otherwise === undefined
      ? elseless(compiler, node)
      : compiler.expression(node.otherwise, scope);
  const chosen = truth === true ? node.then : node.otherwise;
  if (truth !== undefined && chosen !== undefined && isConstant(chosen, compiler.decided))
    return decided(compiler, node, truth ? then : otherwise);
  return (frame) => (isTrue(frame.run, test(frame)) ? then(frame) : otherwise(frame));
}

function elseless(compiler: Compiler, { at }: ConditionalNode): Evaluate {
  const line = compiler.source.slice(0, at).split('\n').length;
  const hint =
    `the inline if-expression on line ${line} evaluated to false and no else section was ` +
    'defined.';
  return () => new Undefined(null, { hint });
}

export function compileCompare(compiler: Compiler, node: CompareNode, scope: Scope): Evaluate {
  const { at } = node;
  const first = compiler.expression(node.first, scope);
  const rest: Compared[] = [];
  let isKnown = isConstant(node.first, compiler.decided);
  for (const { operator, right } of node.rest) {
    rest.push({ compare: COMPARE[operator], right: compiler.expression(right, scope) });
    isKnown &&= isConstant(right, compiler.decided);
    const isLast = rest.length === node.rest.length;
    if (isLast || !isKnown || !compiler.mayFold()) continue;
    const sofar = compared(first, [...rest], at);
    if (constantTruth(sofar) === false) return decided(compiler, node, sofar);
  }
  return compared(first, rest, at);
}

interface Compared {
  readonly compare: (run: Run, one: Value, other: Value) => boolean;
  readonly right: Evaluate;
}

/** A chain of comparisons, up to the first that is false. */
function compared(first: Evaluate, rest: readonly Compared[], at: number): Evaluate {
  const [only] = rest;
  if (only !== undefined && rest.length === 1) {
    const { compare, right } = only;
    return (frame) => {
      const [one, other] = [first(frame), right(frame)];
      frame.run.at = at;
      return compare(frame.run, one, other);
    };
  }
  return (frame) => {
    let left = first(frame);
    for (const { compare, right } of rest) {
      const value = right(frame);
      frame.run.at = at;
      if (!compare(frame.run, left, value)) return false;
      left = value;
    }
    return true;
  };
}

/** Whether an expression is true; undefined where it is not constant. */
function truthOf(compiler: Compiler, node: Expression, evaluate: Evaluate): boolean | undefined {
  return isConstant(node, compiler.decided) && compiler.mayFold()
    ? constantTruth(evaluate)
    : undefined;
}

/** The value of a node that is constant, whatever its other parts are. */
function decided(compiler: Compiler, node: Expression, evaluate: Evaluate): Evaluate {
  compiler.decided.add(node);
  return evaluate;
}
