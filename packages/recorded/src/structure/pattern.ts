// What a structural pattern is: it looks at a graph and says which results can be made by a fused
// op. The rewrite itself is the same for all: matched results are emitted anew from values that
// come before them, everything else is copied, and what nobody reads any more is removed.
import type { MissedStructure } from '@automodel/contracts';
import {
  eliminateDead,
  type Graph,
  type Node,
  rebuild,
  resultsOf,
  type Rewrite,
  type Tensor,
  type Trace,
  usersOf,
  type Value,
} from '@automodel/core';

/** Where emitted ops take their operands: a value of the old graph as it is in the new one. */
export interface Emission {
  readonly trace: Trace;
  tensorOf(value: Value): Tensor;
}

/** Makes the results of a matched node in another way, with the same types. */
export type Emit = (emission: Emission) => Tensor | readonly Tensor[];

/** What a pattern found in a graph. */
export interface Findings {
  readonly matches: ReadonlyMap<Node, Emit>;
  readonly missed: readonly MissedStructure[];
}

/** A graph with what matching needs to know about it. */
export interface Subject {
  readonly graph: Graph;
  /** Nodes that read a value. */
  usersOf(value: Value): readonly Node[];
  /** True when the value must exist at the end. */
  isResult(value: Value): boolean;
  /** True when `reader` is all that needs the value. */
  onlyFor(value: Value, reader: Node): boolean;
  /** True when no parameter or state reaches the value: it is made of constants and batch data. */
  isData(value: Value): boolean;
}

export interface Pattern {
  readonly name: string;
  readonly summary: string;
  find(subject: Subject): Findings;
}

export function subjectOf(graph: Graph): Subject {
  const users = usersOf(graph);
  const results = new Set(resultsOf(graph));
  const learned = new Set<Value>(
    graph.inputs.filter((v) => v.input.kind === 'parameter' || v.input.kind === 'state'),
  );
  for (const node of graph.nodes)
    if (node.inputs.some((v) => v !== undefined && learned.has(v)))
      for (const output of node.outputs) learned.add(output);
  return {
    graph,
    usersOf: (value) => users.get(value) ?? [],
    isResult: (value) => results.has(value),
    onlyFor: (value, reader) =>
      !results.has(value) && (users.get(value) ?? []).every((user) => user === reader),
    isData: (value) => !learned.has(value),
  };
}

/** The graph with `matches` emitted instead of computed. */
export function replaceMatches(graph: Graph, matches: ReadonlyMap<Node, Emit>): Rewrite {
  if (matches.size === 0) return { graph, values: new Map() };
  const rewrite = rebuild(graph, ({ node, trace, tensorOf }) => {
    const emit = matches.get(node);
    return emit === undefined ? undefined : [emit({ trace, tensorOf })].flat();
  });
  return { graph: eliminateDead.run(rewrite.graph).graph, values: rewrite.values };
}
