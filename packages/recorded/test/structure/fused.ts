// Small graphs before and after structural fusion, printed and compared on the reference run:
// results, and gradients of a weighted sum of them.
import { expect } from 'vitest';
import {
  constant,
  type DType,
  formatAttributes,
  gradients,
  type Graph,
  hostTensor,
  type HostTensor,
  mul,
  printGraph,
  runReference,
  type Shape,
  sizeOf,
  sum,
  type Tensor,
  trace,
  Trace,
} from '@automodel/core';
import type { StructureReport } from '@automodel/contracts';
import { fuseStructure, type StructureOptions } from '../../src/index.js';
import { randomNumbers } from '../../../core/test/plan/random-graph.js';

export interface Fused {
  readonly original: Graph;
  readonly graph: Graph;
  readonly report: StructureReport;
  /** Printed graphs. */
  readonly before: string;
  readonly after: string;
}

/** Parameters of the given shapes, as functions of the trace. */
export function inputs<const T extends Readonly<Record<string, Shape>>>(
  shapes: T,
): { readonly [K in keyof T]: (t: Trace) => Tensor } {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      (t: Trace) => t.input('parameter', name, shape, 'f32'),
    ]),
  ) as { readonly [K in keyof T]: (t: Trace) => Tensor };
}

export function fused(build: (t: Trace) => Tensor, options: StructureOptions = {}): Fused {
  const original = trace('test', (t) => t.output('result', build(t)));
  const { graph, report } = fuseStructure(original, { verify: true, ...options });
  return { original, graph, report, before: printGraph(original), after: printGraph(graph) };
}

const LAYOUT = new Set([
  'reshape',
  'permute',
  'slice',
  'expand',
  'constant',
  'full',
  'cat',
  'arange',
  'cast',
]);

/** Ops that do arithmetic, in order, with their attributes. */
export const operations = (graph: Graph): string[] =>
  graph.nodes
    .filter((n) => !LAYOUT.has(n.op.name))
    .map((n) => n.op.name + formatAttributes(n.attrs).trim());

function withGradients(graph: Graph): Graph {
  const t = Trace.extend(graph);
  const result = t.tensor(graph.outputs[0]!.value);
  const random = randomNumbers(5);
  const parameters = graph.inputs
    .filter((v) => v.input!.kind === 'parameter')
    .map((v) => t.tensor(v));
  t.run(() => {
    const weights = constant(
      Array.from({ length: sizeOf(result.shape) }, () => random() - 0.5),
      result.shape,
      'f32',
    );
    gradients(sum(mul(result, weights)), parameters).forEach(
      (g, i) => g !== undefined && t.output(`gradient.${i}`, g),
    );
  });
  return t.finish();
}

/**
 * Results and gradients agree to 1e-6 of their largest entry (constants fold in f32) on random
 * parameters and the given batch data.
 */
export function expectSameNumbers(
  { original, graph }: Fused,
  data: Readonly<Record<string, readonly number[]>> = {},
): void {
  const random = randomNumbers(3);
  const value = (name: string, shape: Shape, dtype: DType): HostTensor =>
    hostTensor(
      dtype,
      shape,
      data[name] ?? Array.from({ length: sizeOf(shape) }, () => random() - 0.5),
    );
  const feeds = new Map(
    original.inputs.map((v) => [v.input!.name, value(v.input!.name, v.shape, v.dtype)]),
  );
  const [wanted, found] = [original, graph].map(
    (g) => runReference(withGradients(g), feeds).outputs,
  ) as [Map<string, HostTensor>, Map<string, HostTensor>];
  expect([...found.keys()]).toEqual([...wanted.keys()]);
  for (const [name, tensor] of wanted) {
    const largest = Math.max(
      1e-30,
      ...Array.from<number | bigint, number>(tensor.data as Float64Array, (v) =>
        Math.abs(Number(v)),
      ),
    );
    tensor.data.forEach((v: number | bigint, i: number) =>
      expect(
        Math.abs(Number(v) - Number(found.get(name)!.data[i])) / largest,
        `${name}[${i}]`,
      ).toBeLessThan(1e-6),
    );
  }
}
