// What a pass is: a named rewrite of a graph that says how it may change numbers. The tests hold
// every pass to that.
import type { Graph, Value } from '../graph/graph.js';

/** `bitwise`: results keep every bit. `reassociates`: sums may be taken in another order. */
export type Numerics = 'bitwise' | 'reassociates';

/**
 * A rewritten graph, and where values of the old one went (values missing here are gone or kept as
 * they were).
 */
export interface Rewrite {
  readonly graph: Graph;
  readonly values: ReadonlyMap<Value, Value>;
}

/** A named rewrite of graphs. */
export interface Pass {
  readonly name: string;
  readonly summary: string;
  readonly numerics: Numerics;
  run(graph: Graph): Rewrite;
}
