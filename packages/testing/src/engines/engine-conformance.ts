// The conformance suite of engines: every process of a mesh runs the same checks on its backend,
// one after the other, and each compares its own results, bit for bit, with the reference run over
// all ranks (packages/core/src/reference/run-ranks.ts).
import type { Backend, HostGroup } from '@automodel/contracts';
import {
  allReduce,
  AutomodelError,
  mul,
  runReferenceRanks,
  trace,
  type Graph,
  type HostTensor,
  type RankAxis,
} from '@automodel/core';
import { compareTensors } from '../compare-tensors.js';
import { engineCases, type EngineCase } from './engine-cases.js';
import { meshOf } from './mesh-of.js';
import { feedsOfRank, runGraphOnRank } from './run-graph-on-rank.js';

/** A process of the suite. */
export interface EngineRank {
  /** Not connected yet. */
  readonly backend: Backend;
  readonly engine: string;
  readonly host: HostGroup;
  /** From the outermost, in the order of MESH_AXES: one or two. */
  readonly axes: readonly RankAxis[];
}

const complaint = (name: string, text: string): AutomodelError =>
  new AutomodelError('bad-graph', `${name}: ${text}`);

/** What the runs of a case must leave on each rank. */
function expectedOf({ graph, runs = 1 }: EngineCase, axes: readonly RankAxis[], ranks: number) {
  let feeds = Array.from({ length: ranks }, (_, rank) => feedsOfRank(graph, rank));
  let results = runReferenceRanks(graph, feeds, axes, 'typed');
  for (let i = 1; i < runs; i++) {
    feeds = feeds.map((feed, rank) => new Map([...feed, ...results[rank]!.assigns]));
    results = runReferenceRanks(graph, feeds, axes, 'typed');
  }
  return results.map(({ outputs, assigns }) => new Map([...outputs, ...assigns]));
}

async function checkCase(engineCase: EngineCase, { backend, host, axes }: EngineRank) {
  const { graph, runs, name } = engineCase;
  const expected: ReadonlyMap<string, HostTensor> = expectedOf(engineCase, axes, host.size)[
    host.rank
  ]!;
  const feeds = feedsOfRank(graph, host.rank);
  const { outputs, assigns } = await runGraphOnRank(backend, graph, feeds, { runs });
  const tensors = new Map([...outputs, ...assigns]);
  for (const [output, tensor] of expected) {
    const difference = compareTensors(tensors.get(output)!, tensor, 0);
    if (difference !== undefined) throw complaint(name, `${output} ${difference}`);
  }
}

/** Products before and after a sum over ranks. */
const twoSums = ({ name: axis, size: ranks }: RankAxis): Graph =>
  trace('sums', (t) => {
    const x = t.input('batch', 'x', [3], 'f32');
    const [first] = allReduce([mul(x, x)], { axis, ranks });
    const [second] = allReduce([mul(first!, x)], { axis, ranks });
    t.output('y', second!);
  });

/** NaN on the last rank along the axis: all get it, and each learns where it sees it first. */
async function checkScan({ backend, host, axes }: EngineRank): Promise<void> {
  const name = 'a scanned run with NaN on one rank';
  const axis = axes.at(-1)!;
  const graph = twoSums(axis);
  const rank = host.rank % axis.size;
  const number = rank === axis.size - 1 ? NaN : 1 + rank;
  const feeds = new Map<string, HostTensor>([
    ['x', { dtype: 'f32', shape: [3], data: Float64Array.of(1, number, 1) }],
  ]);
  const { outputs, result } = await runGraphOnRank(backend, graph, feeds, {
    scan: true,
    profile: true,
  });
  if (result.nonFinite?.element !== 1 || result.stepNanoseconds?.length === 0)
    throw complaint(name, `the run says ${JSON.stringify(result)}`);
  const y = outputs.get('y')!.data;
  if (!Number.isNaN(y[1]) || Number.isNaN(y[0])) throw complaint(name, `y is ${y.join()}`);
}

/** Errors: what is wrong, naming the case. Connects the backend; all ranks call it. */
export async function engineConformance(rank: EngineRank): Promise<void> {
  const { backend, engine, host, axes } = rank;
  if (backend.connect === undefined)
    throw new AutomodelError('unsupported', `backend ${backend.name} has no engines`);
  await backend.connect({ engine, host, mesh: meshOf(axes, host.rank) });
  for (const engineCase of engineCases(axes)) await checkCase(engineCase, rank);
  await checkScan(rank);
}
