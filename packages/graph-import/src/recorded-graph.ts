// The format recorded-graph/0 as types: a model's forward pass as data (goldens/recorded-graph.md).

/** An operand: a node id, a host number or bool, or absent. */
export type RecordedOperand = number | { readonly c: unknown } | null;

export interface RecordedNode {
  readonly id: number;
  readonly op: string;
  readonly in: readonly RecordedOperand[];
  readonly attrs?: Readonly<Record<string, unknown>>;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Module path at recording, outermost first, `path:Class`; `@function` for helper functions. */
  readonly scope: readonly string[];
}

export interface RecordedGraph {
  readonly format: 'recorded-graph/0';
  readonly architecture: string;
  readonly output: number;
  readonly nodes: readonly RecordedNode[];
}
