// Macros, and the bodies of call blocks, which are macros too.
import { TemplateSyntaxError } from '../failures/failure.js';
import { heightOf, sizeOf } from '../nodes/measures.js';
import type { CallBlockNode, MacroNode } from '../nodes/statement.js';
import { quote } from '../python/quote.js';
import { analyze } from '../scopes/analyze.js';
import { findUndeclared } from '../scopes/undeclared.js';
import { Macro, type MacroShape } from '../objects/macro.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';
import type { Compiler } from './compiler.js';
import { Frame, type Evaluate, type Execute } from './frame.js';
import { Code, type Scope } from './scope.js';
import { keepsNames } from './statements.js';

type MacroLike = MacroNode | CallBlockNode;

const SPECIAL = ['caller', 'kwargs', 'varargs'] as const;

export function compileMacro(compiler: Compiler, node: MacroNode, scope: Scope): Execute {
  const macro = compileMacroValue(compiler, node, scope, node.name);
  const keeps = keepsNames(compiler, scope);
  const { hops, slot } = scope.place(scope.variable(node.name, node.at));
  if (hops > 0) throw new TemplateSyntaxError('a macro is defined out of place', node.at);
  return (frame) => {
    const value = macro(frame);
    frame.slots[slot] = value;
    if (keeps) frame.context.store(node.name, value);
    return undefined;
  };
}

/** The macro that a statement defines where it runs. */
export function compileMacroValue(
  compiler: Compiler,
  node: MacroLike,
  outer: Scope,
  name: string | undefined,
): (frame: Frame) => Macro {
  const code = new Code(outer.code);
  const scope = outer.inner('plain', code);
  const { parameters, defaults } = node.signature;
  const parts = [...parameters, ...defaults, ...node.body];
  analyze(scope.symbols, parts);
  const shape = shapeOf(node, name);
  for (const [used, special] of [
    [shape.usesCaller && !shape.parameters.includes('caller'), 'caller'],
    [shape.usesNamed, 'kwargs'],
    [shape.usesRest, 'varargs'],
  ] as const)
    if (used) scope.symbols.declareParameter(special);
  analyze(scope.symbols, parts);
  const enter = scope.enter();
  const slots = argumentNames(shape).map((each) => code.declare(scope.variable(each, node.at)));
  const fill = compileDefaults(compiler, node, scope, slots);
  const body = compiler.body(node.body, scope);
  const height = 2 + heightOf([...defaults, ...node.body]);
  const size = 2 + sizeOf(node.body);
  return (outerFrame) =>
    new Macro(shape, (run, args) => {
      run.spend(size);
      run.enter(height);
      const frame = new Frame(run, outerFrame.context, code.size, outerFrame);
      for (const [i, arg] of args.entries()) frame.slots[slots[i] ?? 0] = arg;
      enter(frame);
      fill(frame);
      const text = run.capture(() => body(frame));
      run.leave(height);
      return text;
    });
}

/** Errors: TemplateSyntaxError where `caller` is an argument in the middle. */
function shapeOf(node: MacroLike, name: string | undefined): MacroShape {
  const parameters = node.signature.parameters.map((parameter) => parameter.name);
  const undeclared = findUndeclared(node.body, SPECIAL);
  const index = parameters.indexOf('caller');
  const hasDefault = index >= parameters.length - node.signature.defaults.length;
  if (undeclared.has('caller') && index >= 0 && !hasDefault)
    throw new TemplateSyntaxError(
      'the special "caller" argument must be omitted or be given a default',
      node.at,
    );
  return {
    name,
    parameters,
    usesCaller: undeclared.has('caller'),
    usesNamed: undeclared.has('kwargs') && !parameters.includes('kwargs'),
    usesRest: undeclared.has('varargs') && !parameters.includes('varargs'),
  };
}

/** In the order in which a macro binds arguments. */
function argumentNames(shape: MacroShape): string[] {
  const names = [...shape.parameters];
  if (shape.usesCaller && !names.includes('caller')) names.push('caller');
  if (shape.usesNamed) names.push('kwargs');
  if (shape.usesRest) names.push('varargs');
  return names;
}

/** Gives arguments that are missing their defaults, which see those before them. */
function compileDefaults(
  compiler: Compiler,
  node: MacroLike,
  scope: Scope,
  slots: readonly number[],
): (frame: Frame) => void {
  const { parameters, defaults } = node.signature;
  const pending = scope.symbols.parameters();
  const fills = parameters.map(({ name, at }, i) => {
    const usual = defaults[i - (parameters.length - defaults.length)];
    const value: Evaluate =
      usual === undefined
        ? () => notProvided(name)
        : compiler.expression(usual, scope.withPending(new Set(pending)));
    pending.delete(scope.variable(name, at));
    return { slot: slots[i] ?? 0, value };
  });
  return (frame) => {
    for (const { slot, value } of fills)
      if (frame.slots[slot] === undefined) frame.slots[slot] = value(frame);
  };
}

function notProvided(name: string): Value {
  return new Undefined(name, { hint: `parameter ${quote(name)} was not provided` });
}
