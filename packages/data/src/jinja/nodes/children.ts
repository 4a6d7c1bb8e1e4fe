// The nodes directly below a node, in the order in which Jinja visits them.
import type { CallArguments, Expression } from './expression.js';
import type { AnyNode, Signature, Statement } from './statement.js';

export function childrenOf(node: AnyNode): AnyNode[] {
  return allChildrenOf(node).filter((child) => child !== undefined);
}

function allChildrenOf(node: AnyNode): readonly (AnyNode | undefined)[] {
  switch (node.kind) {
    case 'data':
    case 'name':
    case 'namespace':
    case 'constant':
      return [];
    case 'tuple':
    case 'list':
      return node.items;
    case 'dict':
      return node.entries.flatMap(({ key, value }) => [key, value]);
    case 'conditional':
      return [node.test, node.then, node.otherwise];
    case 'binary':
    case 'and':
    case 'or':
      return [node.left, node.right];
    case 'unary':
      return [node.operand];
    case 'concat':
      return node.parts;
    case 'compare':
      return [node.first, ...node.rest.map(({ right }) => right)];
    case 'filter':
    case 'test':
      return [node.operand, ...argumentNodes(node.args)];
    case 'call':
      return [node.callee, ...argumentNodes(node.args)];
    case 'attribute':
      return [node.object];
    case 'item':
      return [node.object, node.index];
    case 'slice':
      return [node.start, node.stop, node.step];
    default:
      return childrenOfStatement(node);
  }
}

function childrenOfStatement(node: Statement): readonly (AnyNode | undefined)[] {
  switch (node.kind) {
    case 'output':
      return node.parts;
    case 'for':
      return [node.target, node.iterable, ...node.body, ...node.otherwise, node.test];
    case 'if':
      return [node.test, ...node.body, ...node.alternatives, ...node.otherwise];
    case 'macro':
      return [...partsOf(node.signature), ...node.body];
    case 'call-block':
      return [node.call, ...partsOf(node.signature), ...node.body];
    case 'filter-block':
      return [...node.body, node.filter];
    case 'with':
      return [...node.targets, ...node.values, ...node.body];
    case 'set':
      return [node.target, node.value];
    case 'set-block':
      return [node.target, node.filter, ...node.body];
    case 'block':
      return node.body;
    case 'break':
    case 'continue':
      return [];
  }
}

function partsOf({ parameters, defaults }: Signature): Expression[] {
  return [...parameters, ...defaults];
}

/** All expressions among arguments. */
export function argumentNodes(args: CallArguments): (Expression | undefined)[] {
  return [
    ...args.positional,
    ...args.named.map(({ value }) => value),
    args.spread,
    args.namedSpread,
  ];
}
