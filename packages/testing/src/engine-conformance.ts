// What an engine that connects ranks must compute: the cases, and a run of one of them on a rank of
// a connected backend, compared bit for bit with the reference run over all ranks. Every rank runs
// the same cases in the same order.
import type { Backend, DeviceBuffer } from '@automodel/contracts';
import {
  allGather,
  allReduce,
  broadcast,
  decodeHostData,
  encodeHostData,
  mul,
  planGraph,
  reduceScatter,
  runReferenceRanks,
  sizeOf,
  trace,
  bytesOf,
  type DType,
  type Graph,
  type HostTensor,
  type RankAxis,
  type Shape,
  type Tensor,
} from '@automodel/core';
import { randomNumbers, sampleTensor } from './sample-tensor.js';

/** A graph whose inputs `x0`, `x1`, ... have other numbers on every rank. */
export interface EngineCase {
  readonly name: string;
  readonly graph: Graph;
}

interface Input {
  readonly shape: Shape;
  readonly dtype: DType;
}

const FLOATS: readonly DType[] = ['f32', 'bf16', 'f16', 'f64'];
const ALL: readonly DType[] = [...FLOATS, 'i64', 'i32', 'bool'];
/** Sizes with and without padding, one element, none, and more than a chunk. */
const ROWS: readonly Shape[] = [[4, 3], [1], [0, 5], [7, 1, 2], [30_011], [2, 4_000]];

const caseOf = (
  name: string,
  inputs: readonly Input[],
  body: (tensors: readonly Tensor[]) => readonly Tensor[],
): EngineCase => ({
  name,
  graph: trace(name, (t) => {
    const tensors = inputs.map(({ shape, dtype }, i) => t.input('batch', `x${i}`, shape, dtype));
    body(tensors).forEach((tensor, i) => t.output(`y${i}`, tensor));
  }),
});

/** One bucket of all sizes, of each dtype that the op takes. */
const bucketCases = (axis: string, ranks: number): EngineCase[] => {
  const attrs = { axis, ranks };
  const of = (dtype: DType, pieces = 1): Input[] =>
    ROWS.map(([rows = 0, ...rest]) => ({ shape: [rows * pieces, ...rest], dtype }));
  const named = (op: string, dtype: DType): string => `${op} of ${dtype} over ${ranks}`;
  return [
    ...FLOATS.flatMap((dtype) => [
      caseOf(named('all_reduce', dtype), of(dtype), (x) => allReduce(x, attrs)),
      caseOf(named('reduce_scatter', dtype), of(dtype, ranks), (x) => reduceScatter(x, attrs)),
    ]),
    ...ALL.flatMap((dtype) => [
      caseOf(named('all_gather', dtype), of(dtype), (x) => allGather(x, attrs)),
      caseOf(named('broadcast', dtype), of(dtype), (x) =>
        broadcast(x, { ...attrs, root: ranks - 1 }),
      ),
    ]),
    caseOf(named('all_gather in bf16', 'f32'), of('f32'), (x) =>
      allGather(x, { ...attrs, dtype: 'bf16' }),
    ),
    caseOf(
      `all_reduce of 3000 tensors over ${ranks}`,
      Array.from({ length: 3000 }, (_, i) => ({ shape: [1 + (i % 37)], dtype: 'f32' })),
      (x) => allReduce(x, attrs),
    ),
    // memory of one collective is used again by the next
    caseOf(`a chain over ${ranks}`, [{ shape: [33, 50], dtype: 'f32' }], ([x]) => {
      let y = x!;
      for (let i = 0; i < 4; i++) {
        const [whole] = allGather([mul(y, 0.5)], attrs);
        [y] = reduceScatter([mul(whole!, 1.5)], attrs) as [Tensor];
      }
      return [y];
    }),
  ];
};

/** The cases over all axes with more than one rank, and over two of them in turn. */
export function engineCases(axes: readonly RankAxis[]): readonly EngineCase[] {
  const wide = axes.filter(({ size }) => size > 1);
  const [outer, inner] = wide;
  const single = wide.flatMap(({ name, size }) => bucketCases(name, size));
  if (outer === undefined || inner === undefined) return single;
  const both = caseOf('shards that are copied', [{ shape: [5, 3], dtype: 'f32' }], ([x]) => {
    const [whole] = allGather([x!], { axis: inner.name, ranks: inner.size });
    const [piece] = reduceScatter([mul(whole!, 2)], { axis: inner.name, ranks: inner.size });
    return allReduce([piece!, x!], { axis: outer.name, ranks: outer.size });
  });
  return [...single, both];
}

/** The numbers that a rank has for a case. */
function feedsOf({ graph }: EngineCase, rank: number): Map<string, HostTensor> {
  const random = randomNumbers(rank + 1);
  return new Map(
    graph.inputs.map(({ input: { name }, shape, dtype }) => [
      name,
      sampleTensor({ shape, dtype }, random),
    ]),
  );
}

/**
 * Runs a case on rank `rank` of `axes` and compares the bits with those of the reference. Returns
 * the first result that differs; undefined: none does.
 */
export async function runEngineCase(
  backend: Backend,
  engineCase: EngineCase,
  axes: readonly RankAxis[],
  rank: number,
): Promise<string | undefined> {
  const { graph, name } = engineCase;
  const plan = planGraph(graph, { backend: backend.name, kernels: backend.kernels });
  const executable = await backend.compile(plan);
  const buffers = new Map<string, DeviceBuffer>();
  const allocate = (of: string, shape: Shape, dtype: DType): DeviceBuffer => {
    const buffer = backend.allocate(sizeOf(shape) * bytesOf(dtype), of);
    buffers.set(of, buffer);
    return buffer;
  };
  try {
    const size = axes.reduce((product, axis) => product * axis.size, 1);
    const feeds = Array.from({ length: size }, (_, of) => feedsOf(engineCase, of));
    for (const {
      input: { name: of },
      shape,
      dtype,
    } of graph.inputs)
      backend.upload(
        allocate(of, shape, dtype),
        0,
        encodeHostData(dtype, feeds[rank]!.get(of)!.data),
      );
    for (const { name: of, value } of graph.outputs) allocate(of, value.shape, value.dtype);
    await executable.run(buffers);
    const expected = runReferenceRanks(graph, feeds, axes)[rank]!.outputs;
    for (const { name: of, value } of graph.outputs) {
      const bytes = new Uint8Array(sizeOf(value.shape) * bytesOf(value.dtype));
      await backend.download(buffers.get(of)!, 0, bytes);
      const wanted = encodeHostData(value.dtype, expected.get(of)!.data);
      const at = bytes.findIndex((byte, i) => byte !== wanted[i]);
      if (at !== -1)
        return (
          `${name}: ${of} differs at element ${Math.floor(at / bytesOf(value.dtype))}: ` +
          `${String(decodeHostData(value.dtype, bytes)[Math.floor(at / bytesOf(value.dtype))])}`
        );
    }
    return undefined;
  } finally {
    await executable.close();
    for (const buffer of buffers.values()) buffer.close();
  }
}
