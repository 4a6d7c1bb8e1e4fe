// Adds up finished gradients over an axis of the mesh, in buckets, each as soon as its last
// gradient is there. It runs after all other passes: gradients are accumulated where they are made,
// and what travels is the state that is complete.
import { isGradientState, parameterOfGradient } from '@automodel/contracts';
import {
  allReduce,
  bytesOf,
  rebuild,
  sizeOf,
  Trace,
  type Assign,
  type CollectiveAttributes,
  type Graph,
  type Node,
  type Pass,
  type Tensor,
  type Value,
} from '@automodel/core';

/** Which gradients are added up, over which axis and how many at once. */
export interface ReduceOptions extends CollectiveAttributes {
  /** A bucket is closed when it has at least this many bytes. */
  readonly bucketBytes: number;
  /** Parameters whose gradients are added up. Absent: all. */
  readonly concerns?: ((parameter: string) => boolean) | undefined;
}

/** The pass for the micro-batch that completes a step. It leaves graphs without gradients alone. */
export const reduceGradients = ({
  axis,
  ranks,
  bucketBytes,
  concerns = () => true,
}: ReduceOptions): Pass => ({
  name: 'reduce-gradients',
  summary: `adds up gradients over ${axis}`,
  numerics: 'reassociates',
  run: (graph) => {
    const isDue = ({ target: { input } }: Assign): boolean =>
      isGradientState(input.name) && concerns(parameterOfGradient(input.name));
    const finished = new Set(graph.assigns.filter(isDue).map(({ value }) => value));
    const buckets = bucketsOf(graph, finished, bucketBytes);
    if (buckets.size === 0) return { graph, values: new Map() };
    const reduced = new Map<Value, Tensor>();
    const { graph: body, values } = rebuild(
      { ...graph, assigns: [] },
      ({ node, inputs, trace, tensorOf }) => {
        const bucket = buckets.get(node);
        if (bucket === undefined) return undefined;
        const outputs = trace.copy(node, inputs);
        const tensors = bucket.map((value) =>
          value.node === node ? outputs[node.outputs.indexOf(value)]! : tensorOf(value),
        );
        allReduce(tensors, { axis, ranks }).forEach((tensor, i) => reduced.set(bucket[i]!, tensor));
        return outputs;
      },
    );
    const trace = Trace.extend(body);
    for (const { target, value } of graph.assigns)
      trace.assign(
        trace.tensor(values.get(target)!),
        trace.tensor(reduced.get(value)?.value ?? values.get(value)!),
      );
    return { graph: trace.finish(), values };
  },
});

/** The gradients of each bucket, by the node that makes the last of them. */
function bucketsOf(
  graph: Graph,
  finished: ReadonlySet<Value>,
  bucketBytes: number,
): ReadonlyMap<Node, readonly Value[]> {
  const buckets = new Map<Node, readonly Value[]>();
  let [open, bytes, last]: [Value[], number, Node | undefined] = [[], 0, undefined];
  for (const node of graph.nodes) {
    for (const value of node.outputs) {
      if (!finished.has(value)) continue;
      open.push(value);
      bytes += sizeOf(value.shape) * bytesOf(value.dtype);
      last = node;
    }
    if (last !== node || bytes < bucketBytes) continue;
    buckets.set(node, open);
    [open, bytes, last] = [[], 0, undefined];
  }
  if (last !== undefined) buckets.set(last, open);
  return buckets;
}
