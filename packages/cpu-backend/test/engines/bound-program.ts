// A graph compiled on a backend, with zeroed memory bound to all that it reads and writes.
import type { Backend, DeviceBuffer } from '@automodel/contracts';
import type { Graph, Plan } from '@automodel/core';
import { planFor } from '@automodel/testing';

export interface BoundProgram {
  readonly plan: Plan;
  readonly bindings: ReadonlyMap<string, DeviceBuffer>;
  run(signal?: AbortSignal): Promise<unknown>;
}

export async function boundProgram(backend: Backend, graph: Graph): Promise<BoundProgram> {
  const plan = planFor(graph, backend);
  const executable = await backend.compile(plan);
  const bindings = new Map<string, DeviceBuffer>(
    plan.buffers
      .filter(({ name }) => name !== '')
      .map(({ name, bytes }) => [name, backend.allocate(bytes, name)]),
  );
  return { plan, bindings, run: (signal) => executable.run(bindings, { signal }) };
}
