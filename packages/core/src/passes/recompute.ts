// Activation checkpointing: forward values of chosen layers are not kept for the backward pass but computed again, right before their first reader there. A layer keeps only what it hands
// to other modules. Clones are the same ops on the same operands, so results keep every bit.
import { resultsOf, usersOf, type Graph, type Value } from '../graph/graph.js';
import { rebuild } from '../graph/rebuild.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Pass, Rewrite } from './pass.js';

/** The layer a scope lies in: `model.layers.3` for `model.layers.3.mlp`. Undefined outside of numbered modules. */
export const layerScopeOf = (scope: string): string | undefined => /^(?:[^.]+\.)*?[^.]+\.\d+(?=\.|$)/.exec(scope)?.[0];

/** The numbered modules of the forward pass, in order. */
export function recomputableLayers(graph: Graph): readonly string[] {
  const layers = new Set<string>();
  for (const node of graph.nodes) {
    const layer = node.phase === 'forward' ? layerScopeOf(node.scope) : undefined;
    if (layer !== undefined) layers.add(layer);
  }
  return [...layers];
}

/** Recomputes the layers of `layers` in the backward pass. */
export function recomputeLayers(graph: Graph, layers: ReadonlySet<string>): Rewrite {
  const clonable = clonableValues(graph, layers);
  const copies = new Map<Value, Tensor>();
  const clones = new Map<Value, Tensor>();
  return rebuild(graph, ({ node, inputs, trace }) => {
    const original = (value: Value): Tensor => (value.input === undefined ? copies.get(value)! : trace.input(value.input.kind, value.input.name, value.shape, value.dtype));
    const recomputed = (value: Value): Tensor => clones.get(value) ?? (clonable.has(value) ? clone(value) : original(value));
    const clone = (value: Value): Tensor => {
      const source = value.node!;
      const operands = source.inputs.map((v) => (v === undefined ? undefined : recomputed(v)));
      const outputs = trace.at(source.scope, 'recompute', () => trace.apply(source.op, operands, source.attrs));
      source.outputs.forEach((output, i) => clones.set(output, outputs[i]!));
      return clones.get(value)!;
    };
    const operands = node.phase === 'forward' ? inputs : node.inputs.map((v) => (v === undefined ? undefined : recomputed(v)));
    const outputs = trace.apply(node.op, operands, node.attrs);
    node.outputs.forEach((value, i) => copies.set(value, outputs[i]!));
    return outputs;
  });
}

/** Forward values inside the chosen layers that nothing but their own layer's forward pass and the backward pass reads. */
function clonableValues(graph: Graph, layers: ReadonlySet<string>): ReadonlySet<Value> {
  const users = usersOf(graph);
  const results = new Set(resultsOf(graph));
  const found = new Set<Value>();
  for (const node of graph.nodes) {
    const layer = layerScopeOf(node.scope);
    if (node.phase !== 'forward' || layer === undefined || !layers.has(layer) || node.op.once === true || node.inputs.length === 0) continue;
    for (const value of node.outputs) {
      const readElsewhere = (users.get(value) ?? []).some((user) => user.phase === 'forward' && layerScopeOf(user.scope) !== layer);
      if (!readElsewhere && !results.has(value)) found.add(value);
    }
  }
  return found;
}

/**
 * The pass with a budget: recomputes as few layers as needed, earliest first (their activations live longest), so that `peakBytes` of the result is at most `budgetBytes`;
 * all of them when even that is too much.
 */
export const recompute = (budgetBytes: number, peakBytes: (graph: Graph) => number): Pass => ({
  name: 'recompute',
  summary: 'computes forward values of some layers again instead of keeping them',
  numerics: 'bitwise',
  run: (graph) => {
    const layers = recomputableLayers(graph);
    const attempt = (count: number): Rewrite => (count === 0 ? { graph, values: new Map() } : recomputeLayers(graph, new Set(layers.slice(0, count))));
    const fits = (count: number): boolean => peakBytes(attempt(count).graph) <= budgetBytes;
    let [low, high] = [0, layers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (fits(middle)) high = middle;
      else low = middle + 1;
    }
    return attempt(low);
  },
});
