// Runs a graph twice, as values (reference run) and as bytes (its plan), and holds the two to equal
// bits.
import { expect } from 'vitest';
import { runReference } from '../../src/reference/run-graph.js';
import type { Graph } from '../../src/graph/graph.js';
import type { HostTensor } from '../../src/tensor/host-tensor.js';
import { bytesOf } from '../../src/tensor/dtype.js';
import { sizeOf } from '../../src/tensor/shape.js';
import type { Plan } from '../../src/plan/plan.js';
import { encodeHostData } from '../../src/plan/host-bytes.js';
import { interpretPlan } from '../../src/reference/run-plan.js';
import { opsOf } from './kernels.js';

export function expectSameBytes(
  graph: Graph,
  plan: Plan,
  feeds: ReadonlyMap<string, HostTensor>,
): void {
  const wanted = runReference(graph, feeds, 'typed');
  const bindings = new Map<string, Uint8Array>();
  for (const [name, feed] of feeds) bindings.set(name, encodeHostData(feed.dtype, feed.data));
  const kept = new Map([...bindings].map(([name, bytes]) => [name, bytes.slice()]));
  for (const { name, value } of graph.outputs)
    bindings.set(name, new Uint8Array(sizeOf(value.shape) * bytesOf(value.dtype)));
  interpretPlan(plan, opsOf(graph), bindings);
  for (const [name, tensor] of wanted.outputs)
    expect(bindings.get(name), `output ${name}`).toEqual(encodeHostData(tensor.dtype, tensor.data));
  for (const value of graph.inputs) {
    const name = value.input!.name;
    const assigned = wanted.assigns.get(name);
    expect(bindings.get(name), `${value.input!.kind} ${name}`).toEqual(
      assigned === undefined ? kept.get(name) : encodeHostData(assigned.dtype, assigned.data),
    );
  }
}
