// The syntax tree of statements.
import type { CallNode, Expression, FilterNode, NameNode, Node } from './expression.js';

export interface DataNode extends Node {
  readonly kind: 'data';
  readonly text: string;
}

export interface OutputNode extends Node {
  readonly kind: 'output';
  readonly parts: readonly (DataNode | Expression)[];
}

export interface ForNode extends Node {
  readonly kind: 'for';
  readonly target: Expression;
  readonly iterable: Expression;
  readonly test: Expression | undefined;
  readonly recursive: boolean;
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[];
}

export interface IfNode extends Node {
  readonly kind: 'if';
  readonly test: Expression;
  readonly body: readonly Statement[];
  /** Each `elif` with a body of its own, and neither elif nor else. */
  readonly alternatives: readonly IfNode[];
  readonly otherwise: readonly Statement[];
}

export interface Signature {
  readonly parameters: readonly NameNode[];
  /** Of the last parameters. */
  readonly defaults: readonly Expression[];
}

export interface MacroNode extends Node {
  readonly kind: 'macro';
  readonly name: string;
  readonly signature: Signature;
  readonly body: readonly Statement[];
}

export interface CallBlockNode extends Node {
  readonly kind: 'call-block';
  /** Undefined for `{% generation %}`, which is a call block that calls nothing of the template. */
  readonly call: CallNode | undefined;
  readonly signature: Signature;
  readonly body: readonly Statement[];
}

export interface FilterBlockNode extends Node {
  readonly kind: 'filter-block';
  readonly filter: FilterNode;
  readonly body: readonly Statement[];
}

export interface WithNode extends Node {
  readonly kind: 'with';
  readonly targets: readonly Expression[];
  readonly values: readonly Expression[];
  readonly body: readonly Statement[];
}

export interface SetNode extends Node {
  readonly kind: 'set';
  readonly target: Expression;
  readonly value: Expression;
}

export interface SetBlockNode extends Node {
  readonly kind: 'set-block';
  readonly target: Expression;
  readonly filter: FilterNode | undefined;
  readonly body: readonly Statement[];
}

export interface BlockNode extends Node {
  readonly kind: 'block';
  readonly name: string;
  readonly scoped: boolean;
  readonly required: boolean;
  readonly body: readonly Statement[];
}

export interface LoopControlNode extends Node {
  readonly kind: 'break' | 'continue';
}

export type Statement =
  | OutputNode
  | ForNode
  | IfNode
  | MacroNode
  | CallBlockNode
  | FilterBlockNode
  | WithNode
  | SetNode
  | SetBlockNode
  | BlockNode
  | LoopControlNode;

export type AnyNode = Statement | Expression | DataNode;
