// Activation checkpointing: forward values of chosen layers are not kept for the backward pass but
// computed again, right before their first reader there. A layer keeps only what it hands to other
// modules. Clones are the same ops on the same operands, so results keep every bit.
import { resultsOf, usersOf, type Graph, type Node, type Value, rootOf } from '../graph/graph.js';
import { rebuild } from '../graph/rebuild.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Rewrite } from './pass.js';

/**
 * The layer a scope lies in: `model.layers.3` for `model.layers.3.mlp`. Undefined outside of
 * numbered modules.
 */
export const layerScopeOf = (scope: string): string | undefined =>
  /^(?:[^.]+\.)*?[^.]+\.\d+(?=\.|$)/.exec(scope)?.[0];

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
export const recomputeLayers = (graph: Graph, layers: ReadonlySet<string>): Rewrite =>
  recomputeValues(graph, layerValues(graph, layers));

/** Recomputes what `recomputeCheap` does, and these layers. */
export const recomputeCheapAndLayers = (graph: Graph, layers: ReadonlySet<string>): Rewrite =>
  recomputeValues(graph, new Set([...cheapValues(graph), ...layerValues(graph, layers)]));

/**
 * Recomputes in the backward pass what costs next to nothing: results of norms, activations and the
 * like whose operands are kept anyway.
 */
export const recomputeCheap = (graph: Graph): Rewrite => recomputeValues(graph, cheapValues(graph));

/**
 * Clones the nodes that make `clonable` values, each right before its first reader outside of the
 * forward pass.
 */
function recomputeValues(graph: Graph, clonable: ReadonlySet<Value>): Rewrite {
  if (clonable.size === 0) return { graph, values: new Map() };
  const copies = new Map<Value, Tensor>();
  const clones = new Map<Value, Tensor>();
  return rebuild(graph, ({ node, inputs, trace }) => {
    const original = (value: Value): Tensor =>
      value.input === undefined
        ? copies.get(value)!
        : trace.input(value.input.kind, value.input.name, value.shape, value.dtype);
    const recomputed = (value: Value): Tensor => {
      for (const source of missingClones(value, clonable, clones)) clone(source);
      return clones.get(value) ?? original(value);
    };
    const clone = (source: Node): void => {
      const operands = source.inputs.map((v) =>
        v === undefined ? undefined : (clones.get(v) ?? original(v)),
      );
      const outputs = trace.at(source.scope, 'recompute', () =>
        trace.apply(source.op, operands, source.attrs),
      );
      source.outputs.forEach((output, i) => clones.set(output, outputs[i]!));
    };
    const operands =
      node.phase === 'forward'
        ? inputs
        : node.inputs.map((v) => (v === undefined ? undefined : recomputed(v)));
    const outputs = trace.copy(node, operands);
    node.outputs.forEach((value, i) => copies.set(value, outputs[i]!));
    return outputs;
  });
}

/**
 * The nodes to be cloned for `value`, each after those it reads. A layer may be a scan of thousands
 * of nodes, so nothing recurses.
 */
function missingClones(
  value: Value,
  clonable: ReadonlySet<Value>,
  clones: ReadonlyMap<Value, Tensor>,
): readonly Node[] {
  const found = new Set<Node>();
  const isMissing = (v: Value | undefined): v is Value & { readonly node: Node } =>
    v?.node !== undefined && clonable.has(v) && !clones.has(v) && !found.has(v.node);
  const pending = [value];
  for (let next = pending.at(-1); next !== undefined; next = pending.at(-1)) {
    const before = isMissing(next) ? next.node.inputs.filter(isMissing) : [];
    if (before.length > 0) for (const v of before) pending.push(v);
    else {
      if (isMissing(next)) found.add(next.node);
      pending.pop();
    }
  }
  return [...found];
}

/**
 * Forward values inside the chosen layers that are read only by the forward pass of their own layer
 * and by the backward pass.
 */
function layerValues(graph: Graph, layers: ReadonlySet<string>): ReadonlySet<Value> {
  const users = usersOf(graph);
  const results = new Set(resultsOf(graph));
  const found = new Set<Value>();
  for (const node of graph.nodes) {
    const layer = layerScopeOf(node.scope);
    if (
      node.phase !== 'forward' ||
      layer === undefined ||
      !layers.has(layer) ||
      node.op.once === true ||
      node.inputs.length === 0
    )
      continue;
    for (const value of node.outputs) {
      const readElsewhere = (users.get(value) ?? []).some(
        (user) => user.phase === 'forward' && layerScopeOf(user.scope) !== layer,
      );
      if (!readElsewhere && !results.has(value)) found.add(value);
    }
  }
  return found;
}

/** Results of ops other than products whose operands are all kept for the backward pass anyway. */
function cheapValues(graph: Graph): ReadonlySet<Value> {
  const kept = new Set<Value>();
  for (const node of graph.nodes)
    if (node.phase !== 'forward')
      for (const value of node.inputs) if (value !== undefined) kept.add(rootOf(value));
  const results = new Set(resultsOf(graph).map(rootOf));
  const found = new Set<Value>();
  for (const node of graph.nodes) {
    const { op, inputs, outputs } = node;
    if (
      node.phase !== 'forward' ||
      op.castRule === 'compute' ||
      op.once === true ||
      op.view === true ||
      inputs.every((v) => v?.node === undefined) ||
      outputs.some((v) => results.has(v))
    )
      continue;
    const stays = (value: Value): boolean =>
      value.node === undefined ||
      value.node.inputs.length === 0 ||
      (kept.has(value) && !found.has(value));
    if (inputs.every((v) => v === undefined || stays(rootOf(v))))
      for (const value of outputs) found.add(value);
  }
  return found;
}
