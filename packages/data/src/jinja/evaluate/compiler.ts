// Compiles a syntax tree into closures: one for each node, which are called with a frame. This file
// tells which compiles what, and holds what is known of the whole template.
import { TemplateSyntaxError } from '../failures/failure.js';
import type { Expression } from '../nodes/expression.js';
import { blocksIn } from '../nodes/measures.js';
import type { Statement } from '../nodes/statement.js';
import { compileBlock, compileBlockReference } from './blocks.js';
import { compileCall } from './calls.js';
import { compileCallBlock } from './call-blocks.js';
import { compileConstant, compileDict, compileList, compileTuple } from './literals.js';
import { compileFilter, compileFilterBlock, compileTest } from './filters-and-tests.js';
import type { BlockBody, Evaluate, Execute, Signal } from './frame.js';
import { folded, isFoldable, MOST_FOLDED, type Decided } from './folding.js';
import { compileFor } from './loops.js';
import { compileAttribute, compileItem } from './lookups.js';
import { compileMacro } from './macros.js';
import {
  compileBinary,
  compileCompare,
  compileConcat,
  compileConditional,
  compileLogical,
  compileUnary,
} from './operations.js';
import { compileOutput } from './output.js';
import type { Scope } from './scope.js';
import { compileIf, compileSet, compileSetBlock, compileWith } from './statements.js';
import { readName } from './variables.js';

export class Compiler {
  readonly source: string;
  /** Whether names that are stored at the top level have to be kept for blocks. */
  readonly hasBlocks: boolean;
  readonly blocks = new Map<string, BlockBody>();
  readonly decided: Decided = new WeakSet();
  #folded = 0;

  constructor(source: string, template: readonly Statement[]) {
    this.source = source;
    const blocks = template.flatMap(blocksIn);
    this.hasBlocks = blocks.length > 0;
    for (const block of blocks) {
      if (this.blocks.has(block.name))
        throw new TemplateSyntaxError(`block '${block.name}' defined twice`, block.at);
      this.blocks.set(block.name, compileBlock(this, block));
    }
  }

  /** An expression; its value where that is constant, as Jinja's compiler computes it. */
  expression(node: Expression, scope: Scope): Evaluate {
    const evaluate = this.#evaluation(node, scope);
    return isFoldable(node, this.decided) && this.mayFold() ? folded(evaluate) : evaluate;
  }

  /** Counts attempts to compute an expression beforehand. */
  mayFold(): boolean {
    return this.#folded++ < MOST_FOLDED;
  }

  #evaluation(node: Expression, scope: Scope): Evaluate {
    switch (node.kind) {
      case 'name':
        return readName(node, scope);
      case 'constant':
        return compileConstant(node);
      case 'tuple':
        return compileTuple(this, node, scope);
      case 'list':
        return compileList(this, node, scope);
      case 'dict':
        return compileDict(this, node, scope);
      case 'conditional':
        return compileConditional(this, node, scope);
      case 'binary':
        return compileBinary(this, node, scope);
      case 'and':
      case 'or':
        return compileLogical(this, node, scope);
      case 'unary':
        return compileUnary(this, node, scope);
      case 'concat':
        return compileConcat(this, node, scope);
      case 'compare':
        return compileCompare(this, node, scope);
      case 'filter':
        return compileFilter(this, node, scope);
      case 'test':
        return compileTest(this, node, scope);
      case 'call':
        return compileCall(this, node, scope);
      case 'attribute':
        return compileAttribute(this, node, scope);
      case 'item':
        return compileItem(this, node, scope);
      case 'slice':
      case 'namespace':
        throw new TemplateSyntaxError('invalid syntax', node.at);
    }
  }

  expressions(nodes: readonly Expression[], scope: Scope): Evaluate[] {
    return nodes.map((node) => this.expression(node, scope));
  }

  /** Statements one after the other. */
  body(nodes: readonly Statement[], scope: Scope): Execute {
    const statements = nodes.map((node) => this.#statement(node, scope));
    const [only] = statements;
    if (only === undefined) return nothing;
    if (statements.length === 1) return only;
    return (frame): Signal | undefined => {
      for (const statement of statements) {
        const signal = statement(frame);
        if (signal !== undefined) return signal;
      }
      return undefined;
    };
  }

  #statement(node: Statement, scope: Scope): Execute {
    switch (node.kind) {
      case 'output':
        return compileOutput(this, node, scope);
      case 'for':
        return compileFor(this, node, scope);
      case 'if':
        return compileIf(this, node, scope);
      case 'macro':
        return compileMacro(this, node, scope);
      case 'call-block':
        return compileCallBlock(this, node, scope);
      case 'filter-block':
        return compileFilterBlock(this, node, scope);
      case 'with':
        return compileWith(this, node, scope);
      case 'set':
        return compileSet(this, node, scope);
      case 'set-block':
        return compileSetBlock(this, node, scope);
      case 'block':
        return compileBlockReference(this, node, scope);
      case 'break':
      case 'continue': {
        const signal = node.kind;
        if (scope.code.loops === 0)
          throw new TemplateSyntaxError(`'${signal}' outside of a loop`, node.at);
        return () => signal;
      }
    }
  }
}

function nothing(): undefined {
  return undefined;
}
