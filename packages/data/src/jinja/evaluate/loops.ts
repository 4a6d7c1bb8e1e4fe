// `for`: with a condition, an else, recursion, and `loop` where the body asks for it. A turn over a
// tracked value is what text is written in: its origin.
import { TemplateSyntaxError } from '../failures/failure.js';
import { DEEPEST_LOOP } from '../failures/limits.js';
import type { Expression } from '../nodes/expression.js';
import { blocksIn, heightOf, sizeOf } from '../nodes/measures.js';
import type { ForNode } from '../nodes/statement.js';
import { iterate } from '../python/iteration.js';
import { isTrue } from '../python/truth.js';
import { analyzeLoop } from '../scopes/analyze.js';
import { findUndeclared } from '../scopes/undeclared.js';
import type { Run } from '../values/run.js';
import { sourceOf } from '../text/source.js';
import { Text, type Str } from '../text/text.js';
import { Dict } from '../values/dict.js';
import { LoopContext } from '../objects/loop.js';
import { Tuple, type Next, type Value } from '../values/value.js';
import type { Compiler } from './compiler.js';
import { Frame, type Assign, type Evaluate, type Execute, type Signal } from './frame.js';
import { Code, type Scope } from './scope.js';
import { assignTo, findStore } from './variables.js';

/** What a loop does in each turn, and when it had none. */
interface LoopParts {
  readonly assign: Assign;
  readonly setLoop: Assign | undefined;
  readonly enter: (frame: Frame) => void;
  readonly body: Execute;
  readonly leave: (frame: Frame) => void;
  readonly otherwise: Execute;
  readonly filter: ((frame: Frame, next: Next) => Next) | undefined;
  /** Steps that a turn counts as. */
  readonly size: number;
}

export function compileFor(compiler: Compiler, node: ForNode, scope: Scope): Execute {
  const at = findStore(node, 'loop');
  if (at !== undefined)
    throw new TemplateSyntaxError("Can't assign to special loop variable in for-loop target", at);
  const code = node.recursive ? new Code(scope.code) : scope.code;
  const parts = compileParts(compiler, node, scope, code);
  const iterable = compiler.expression(node.iterable, scope);
  if (!node.recursive)
    return (frame) => {
      const items = iterable(frame);
      frame.run.at = node.at;
      return runLoop(parts, frame, items, undefined, 0);
    };
  const recurse = recursiveLoop(parts, code, heightOf([node]));
  return (frame) => {
    const items = iterable(frame);
    frame.run.at = node.at;
    frame.run.write(recurse(frame, items, 0));
    return undefined;
  };
}

type RecursiveLoop = (frame: Frame, items: Value, depth: number) => Str;

function recursiveLoop(parts: LoopParts, code: Code, height: number): RecursiveLoop {
  const write: RecursiveLoop = (outer, items, depth) => {
    const { run } = outer;
    run.enter(height);
    const frame = new Frame(run, outer.context, code.size, outer);
    const text = run.capture(() => {
      runLoop(parts, frame, items, (inner, level) => write(outer, inner, level), depth);
    });
    run.leave(height);
    return text;
  };
  return write;
}

function compileParts(compiler: Compiler, node: ForNode, outer: Scope, code: Code): LoopParts {
  const filter = node.test === undefined ? undefined : compileFilter(compiler, node, outer);
  const scope = outer.inner('loop', code);
  const extended =
    node.recursive ||
    findUndeclared(node.body, ['loop']).size > 0 ||
    blocksIn(node).some(({ scoped }) => scoped);
  if (extended) scope.symbols.declareParameter('loop');
  analyzeLoop(scope.symbols, node, 'body');
  const enter = scope.enter();
  const assign = assignTo(node.target, scope, false);
  const loopName = { kind: 'name', name: 'loop', use: 'store', at: node.at, height: 1 } as const;
  const setLoop = extended ? assignTo(loopName, scope, false) : undefined;
  if (++code.loops > DEEPEST_LOOP)
    throw new TemplateSyntaxError('too many statically nested blocks', node.at);
  const body = compiler.body(node.body, scope);
  code.loops--;
  return {
    assign,
    setLoop,
    enter,
    body,
    leave: scope.leave(),
    otherwise: compileElse(compiler, node, outer, code),
    filter,
    size: 2 + sizeOf(node.body),
  };
}

function compileElse(compiler: Compiler, node: ForNode, outer: Scope, code: Code): Execute {
  if (node.otherwise.length === 0) return () => undefined;
  const scope = outer.inner('plain', code);
  analyzeLoop(scope.symbols, node, 'otherwise');
  const enter = scope.enter();
  const body = compiler.body(node.otherwise, scope);
  const leave = scope.leave();
  return (frame) => {
    enter(frame);
    const signal = body(frame);
    leave(frame);
    return signal;
  };
}

/** `for x in items if test`: a generator, which looks at an item when it is asked for. */
function compileFilter(
  compiler: Compiler,
  node: ForNode,
  outer: Scope,
): (frame: Frame, next: Next) => Next {
  const code = new Code(outer.code);
  const scope = outer.inner('plain', code);
  analyzeLoop(scope.symbols, node, 'test');
  const enter = scope.enter();
  const assign = assignTo(node.target, scope, false);
  const test = node.test === undefined ? () => true : compiler.expression(node.test, scope);
  const given = compileTarget(compiler, node.target, scope);
  const size = 2 + (node.test?.height ?? 0);
  return (outerFrame, next) => {
    const frame = new Frame(outerFrame.run, outerFrame.context, code.size, outerFrame);
    let entered = false;
    return () => {
      if (!entered) enter(frame);
      entered = true;
      for (let item = next(); item !== undefined; item = next()) {
        frame.run.spend(size);
        assign(frame, item);
        if (isTrue(frame.run, test(frame))) return given === undefined ? item : given(frame);
      }
      return undefined;
    };
  };
}

/** The generator gives a tuple of what a tuple of targets was assigned. */
function compileTarget(compiler: Compiler, target: Expression, scope: Scope): Evaluate | undefined {
  if (target.kind !== 'tuple') return undefined;
  const items = target.items.map((item) =>
    item.kind === 'tuple' ? compileTarget(compiler, item, scope) : compiler.expression(item, scope),
  );
  return (frame) => new Tuple(items.map((item) => item?.(frame) ?? null));
}

function runLoop(
  parts: LoopParts,
  frame: Frame,
  items: Value,
  recurse: ((items: Value, depth: number) => Str) | undefined,
  depth: number,
): Signal | undefined {
  const { run } = frame;
  // The condition belongs to the function around a recursive loop.
  const filterFrame = recurse === undefined ? frame : (frame.parent ?? frame);
  const plain = iterate(run, items);
  const next = parts.filter === undefined ? plain : parts.filter(filterFrame, plain);
  const counted = parts.filter === undefined ? items : null;
  const loop =
    parts.setLoop === undefined ? undefined : new LoopContext(counted, next, recurse, depth);
  const advance = loop === undefined ? next : () => loop.advance();
  const { filled } = run;
  let hadNone = true;
  for (let item = advance(); item !== undefined; item = advance()) {
    run.spend(parts.size);
    const turn = turnOf(run, item);
    run.filled = turn === undefined ? filled : { origin: { source: turn }, mark: filled.mark };
    parts.assign(frame, item);
    if (loop !== undefined) parts.setLoop?.(frame, loop);
    parts.enter(frame);
    const signal = parts.body(frame);
    run.filled = filled;
    if (signal === 'break') break;
    // As in Jinja: a turn that ends early does not count for `else`.
    if (signal === undefined) hadNone = false;
  }
  parts.leave(frame);
  return hadNone ? parts.otherwise(frame) : undefined;
}

/**
 * The source that a turn is for: that of a tracked value, or, outside of such turns, of a text.
 * Undefined where there is none.
 */
function turnOf(run: Run, item: Value): number | undefined {
  if (item instanceof Dict) return item.turn;
  return item instanceof Text && run.filled.origin === undefined ? sourceOf(run, item) : undefined;
}
