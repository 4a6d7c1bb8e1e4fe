// Finds the names that a scope loads and stores, in the order in which Jinja's compiler meets them.
// It stops at scopes within: they are analysed when they are compiled.
import { childrenOf } from '../nodes/children.js';
import type { AnyNode, ForNode, IfNode, Statement } from '../nodes/statement.js';
import type { Symbols } from './symbols.js';

/** Names in these nodes, which belong to the scope. */
export function analyze(symbols: Symbols, nodes: readonly (AnyNode | undefined)[]): void {
  for (const node of nodes) if (node !== undefined) visit(symbols, node);
}

/** The part of a loop that has a scope of its own. */
export function analyzeLoop(
  symbols: Symbols,
  node: ForNode,
  part: 'body' | 'otherwise' | 'test',
): void {
  if (part !== 'otherwise') declareTarget(symbols, node.target);
  analyze(symbols, part === 'test' ? [node.test] : node[part]);
}

/** Names in a target, as parameters. */
function declareTarget(symbols: Symbols, target: AnyNode): void {
  if (target.kind === 'name') symbols.declareParameter(target.name);
  else for (const child of childrenOf(target)) declareTarget(symbols, child);
}

/** Names that an assignment stores. */
function visitTarget(symbols: Symbols, target: AnyNode): void {
  if (target.kind === 'name') symbols.store(target.name);
  else if (target.kind === 'namespace') symbols.load(target.name);
  else for (const child of childrenOf(target)) visitTarget(symbols, child);
}

function visit(symbols: Symbols, node: AnyNode): void {
  switch (node.kind) {
    case 'name':
      if (node.use === 'load') symbols.load(node.name);
      else symbols.declareParameter(node.name);
      return;
    case 'if':
      return visitIf(symbols, node);
    case 'macro':
      return symbols.store(node.name);
    case 'set':
      visit(symbols, node.value);
      return visitTarget(symbols, node.target);
    case 'set-block':
      return visitTarget(symbols, node.target);
    case 'for':
      return visit(symbols, node.iterable);
    case 'call-block':
      return analyze(symbols, [node.call]);
    case 'filter-block':
      return visit(symbols, node.filter);
    case 'with':
      return analyze(symbols, node.values);
    case 'block':
      return;
    default:
      for (const child of childrenOf(node)) visit(symbols, child);
  }
}

function visitIf(symbols: Symbols, node: IfNode): void {
  visit(symbols, node.test);
  const branch = (nodes: readonly Statement[]): Symbols => {
    const copy = symbols.copy();
    analyze(copy, nodes);
    return copy;
  };
  symbols.merge([branch(node.body), branch(node.alternatives), branch(node.otherwise)]);
}
