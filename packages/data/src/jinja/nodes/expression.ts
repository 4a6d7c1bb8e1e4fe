// The syntax tree of expressions.
import type { Int } from '../values/value.js';

export interface Node {
  /** Where the node begins in the source. */
  readonly at: number;
  /** Levels of nodes below it, and itself. */
  readonly height: number;
}

export interface NameNode extends Node {
  readonly kind: 'name';
  readonly name: string;
  /** `parameter` is the target of a `with` or an argument of a macro. */
  readonly use: 'load' | 'store' | 'parameter';
}

/** `namespace.attribute` as the target of an assignment. */
export interface NamespaceNode extends Node {
  readonly kind: 'namespace';
  readonly name: string;
  readonly attribute: string;
}

export interface ConstantNode extends Node {
  readonly kind: 'constant';
  readonly value: string | boolean | null | Int | { readonly float: number };
}

export interface TupleNode extends Node {
  readonly kind: 'tuple';
  readonly items: readonly Expression[];
}

export interface ListNode extends Node {
  readonly kind: 'list';
  readonly items: readonly Expression[];
}

export interface DictNode extends Node {
  readonly kind: 'dict';
  readonly entries: readonly { readonly key: Expression; readonly value: Expression }[];
}

export interface ConditionalNode extends Node {
  readonly kind: 'conditional';
  readonly test: Expression;
  readonly then: Expression;
  readonly otherwise: Expression | undefined;
}

export interface BinaryNode extends Node {
  readonly kind: 'binary';
  readonly operator: '+' | '-' | '*' | '/' | '//' | '%' | '**';
  readonly left: Expression;
  readonly right: Expression;
}

export interface LogicalNode extends Node {
  readonly kind: 'and' | 'or';
  readonly left: Expression;
  readonly right: Expression;
}

export interface UnaryNode extends Node {
  readonly kind: 'unary';
  readonly operator: 'not' | '-' | '+';
  readonly operand: Expression;
}

export interface ConcatNode extends Node {
  readonly kind: 'concat';
  readonly parts: readonly Expression[];
}

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';

export interface CompareNode extends Node {
  readonly kind: 'compare';
  readonly first: Expression;
  readonly rest: readonly { readonly operator: Comparison; readonly right: Expression }[];
}

export interface CallArguments {
  readonly positional: readonly Expression[];
  readonly named: readonly { readonly name: string; readonly value: Expression }[];
  /** `*arguments`. */
  readonly spread: Expression | undefined;
  /** `**arguments`. */
  readonly namedSpread: Expression | undefined;
}

export interface FilterNode extends Node {
  readonly kind: 'filter';
  readonly name: string;
  /** Undefined where the filter is applied to the block around it. */
  readonly operand: Expression | undefined;
  readonly args: CallArguments;
}

export interface TestNode extends Node {
  readonly kind: 'test';
  readonly name: string;
  readonly operand: Expression;
  readonly args: CallArguments;
}

export interface CallNode extends Node {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly args: CallArguments;
}

export interface AttributeNode extends Node {
  readonly kind: 'attribute';
  readonly object: Expression;
  readonly name: string;
}

export interface ItemNode extends Node {
  readonly kind: 'item';
  readonly object: Expression;
  readonly index: Expression | SliceNode;
}

export interface SliceNode extends Node {
  readonly kind: 'slice';
  readonly start: Expression | undefined;
  readonly stop: Expression | undefined;
  readonly step: Expression | undefined;
}

export type Expression =
  | NameNode
  | NamespaceNode
  | ConstantNode
  | TupleNode
  | ListNode
  | DictNode
  | ConditionalNode
  | BinaryNode
  | LogicalNode
  | UnaryNode
  | ConcatNode
  | CompareNode
  | FilterNode
  | TestNode
  | CallNode
  | AttributeNode
  | ItemNode
  | SliceNode;
