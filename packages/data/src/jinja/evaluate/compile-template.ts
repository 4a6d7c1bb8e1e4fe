// A whole template as one function.
import type { Value } from '../values/value.js';
import { GLOBALS } from './globals.js';
import { tokenize } from '../lexer/lexer.js';
import { heightOf, sizeOf } from '../nodes/measures.js';
import { StatementParser } from '../parser/statement-parser.js';
import type { Run } from '../values/run.js';
import { analyze } from '../scopes/analyze.js';
import { findUndeclared } from '../scopes/undeclared.js';
import { TemplateReference } from './block-references.js';
import { Compiler } from './compiler.js';
import { Context, Frame } from './frame.js';
import { Scope } from './scope.js';

/** Writes what a template writes for variables. */
export type TemplateBody = (run: Run, variables: ReadonlyMap<string, Value>) => void;

/** `source` is normalised. Errors: TemplateSyntaxError. */
export function compileTemplate(source: string): TemplateBody {
  const statements = new StatementParser(tokenize(source)).template();
  const compiler = new Compiler(source, statements);
  const scope = Scope.root('top');
  const self = findUndeclared(statements, ['self']).has('self')
    ? scope.symbols.declareParameter('self')
    : undefined;
  analyze(scope.symbols, statements);
  const enter = scope.enter();
  const selfSlot = self === undefined ? undefined : scope.code.declare(self);
  const body = compiler.body(statements, scope);
  const height = heightOf(statements);
  const size = sizeOf(statements);
  return (run, variables) => {
    run.spend(size);
    run.enter(height);
    const context = new Context(variables, GLOBALS, compiler.blocks);
    const frame = new Frame(run, context, scope.code.size);
    if (selfSlot !== undefined) frame.slots[selfSlot] = new TemplateReference(context);
    enter(frame);
    body(frame);
  };
}
