// Whether passes keep what a recorded graph means: cleaned up it has the same bits, fused and
// lowered the same results and gradients as before, and no pass refuses what the reader accepted.
import {
  AutomodelError,
  castPolicy,
  compileGraph,
  builtinOps,
  crossEntropy,
  gradients,
  hostTensor,
  mul,
  reshape,
  runReference,
  sizeOf,
  sum,
  trace,
  Trace,
  verifyGraph,
  type Graph,
  type HostTensor,
  type KernelTable,
  type TensorType,
} from '@automodel/core';
import type { StructureReport } from '@automodel/contracts';
import {
  fuseStructure,
  importGraph,
  parseRecordedGraph,
  type RecordedGraph,
} from '@automodel/recorded';
import { randomOf } from '../random.js';
import { WHOLE_ROWS } from './write-structure.js';

/** Passes that recognise patterns; the others promise every bit. */
export const PATTERN_PASSES = [
  'fuse-norms',
  'fuse-rope',
  'fuse-activations',
  'fuse-gates',
  'fuse-attention',
  'fuse-contractions',
  'fuse-linear-loss',
];

/** Of the largest entry of a tensor; where some are rounded, constants fold to rounded ones. */
const [TOLERANCE, ROUNDED] = [1e-6, 2e-2];
/**
 * Constants are folded in f32. Where gradients cancel, that is all that is left of them: allowed is
 * as many times what f32 arithmetic changes in the same tensor of the unfused graph, and this part
 * of the largest number of all tensors.
 */
const [NOISE, CANCELLED] = [16, 1e-7];

const KERNELS: KernelTable = Object.fromEntries(
  Object.keys(builtinOps).map((name) => [name, { acceptsView: () => true }]),
);

type Feeds = ReadonlyMap<string, HostTensor>;
type Outputs = Feeds;

/**
 * What was recognised. Errors: AutomodelError where the reader refuses the graph, or its numbers;
 * a plain Error where passes refuse it, or change what it means.
 */
export function checkStructure(text: string): StructureReport {
  const recorded = parseRecordedGraph(text, 'graph.json');
  const graph = traced(recorded);
  const feeds = feedsOf(graph, recorded.architecture === WHOLE_ROWS);
  const wanted = runReference(graph, feeds, 'typed').outputs;
  try {
    return checkPasses(graph, wanted, feeds);
  } catch (error) {
    if (!(error instanceof AutomodelError)) throw error;
    // Where rounding decides between experts, whose numbers are then places, the graph is refused.
    runReference(graph, feeds, 'exact');
    throw new Error(`a pass refuses it: ${error.message}`, { cause: error });
  }
}

/** Logits [rows, tokens, ids] with their loss, as models are trained; anything else as it is. */
const traced = (recorded: RecordedGraph): Graph =>
  trace('structure', (t) => {
    const result = importGraph(t, recorded);
    const [rows, tokens, ids] = result.shape;
    if (rows === undefined || tokens === undefined || ids === undefined || result.rank !== 3)
      return t.output('result', result);
    const targets = t.input('batch', 'targets', [rows * tokens], 'i32');
    const scale = t.input('scalar', 'scale', [], 'f32');
    t.output('result', crossEntropy(reshape(result, [rows * tokens, ids]), targets, scale).loss);
  });

function checkPasses(graph: Graph, wanted: Outputs, feeds: Feeds): StructureReport {
  const rounded = graph.nodes.some((node) => isReduced(node.outputs[0]));
  const tolerance = rounded ? ROUNDED : TOLERANCE;
  const fusion = { attentionMask: 'attention_mask' };
  const cleaned = fuseStructure(graph, { ...fusion, disable: PATTERN_PASSES }).graph;
  compare('cleaned up', wanted, runReference(cleaned, feeds, 'typed').outputs, () => 0);
  const { graph: fused, report } = fuseStructure(graph, fusion);
  const [plain, trained] = [withGradients(cleaned), withGradients(fused)];
  const exact = onlyWhereFinite(runReference(plain, feeds, 'exact').outputs, wanted);
  const noise = noiseOf(plain, feeds, exact);
  const ofAll = Math.max(...[...exact.values()].map(({ data }) => largestOf(numbersIn(data))));
  const bound = (name: string, largest: number): number =>
    Math.max(tolerance * Math.max(1e-6, largest), NOISE * noise(name), CANCELLED * ofAll);
  compare('fused', exact, runReference(trained, feeds, 'exact').outputs, bound);
  const target = { backend: 'fuzz', kernels: KERNELS };
  const lowered = compileGraph(castPolicy(trained, 'f32'), target).graph;
  verifyGraph(lowered, 'lowering');
  compare('lowered', exact, runReference(lowered, feeds, 'exact').outputs, bound);
  const reduced = compileGraph(withGradients(castPolicy(fused, 'bf16')), target);
  verifyGraph(reduced.graph, 'lowering');
  return report;
}

const isReduced = ({ dtype }: TensorType): boolean => dtype === 'bf16' || dtype === 'f16';

/** Random parameters; rows of the batch are padded at their end unless `whole`. */
function feedsOf(graph: Graph, whole: boolean): Feeds {
  const random = randomOf(3, graph.nodes.length);
  return new Map(
    graph.inputs.map(({ input: { name }, shape, dtype }) => {
      const length = shape.at(-1) ?? 1;
      const value = (i: number): number => {
        if (name === 'attention_mask')
          return whole || i % length < length - Math.floor(i / length) ? 1 : 0;
        if (dtype === 'f32') return (random.below(2000) - 999.5) / 1000;
        return random.below(name === 'targets' ? 5 : 2);
      };
      return [
        name,
        hostTensor(
          dtype,
          shape,
          Array.from({ length: sizeOf(shape) }, (_, i) => value(i)),
        ),
      ];
    }),
  );
}

/** The graph, and gradients of a weighted sum of its result. */
function withGradients(graph: Graph): Graph {
  const t = Trace.extend(graph);
  const [output] = graph.outputs;
  if (output === undefined || output.value.dtype !== 'f32') return graph;
  const result = t.tensor(output.value);
  const parameters = graph.inputs.filter((v) => v.input.kind === 'parameter' && v.dtype === 'f32');
  t.run(() => {
    const total = sum(mul(result, 0.75));
    gradients(
      total,
      parameters.map((v) => t.tensor(v)),
    ).forEach((gradient, i) => {
      const name = parameters[i]?.input.name;
      if (gradient !== undefined && name !== undefined) t.output(`gradient of ${name}`, gradient);
    });
  });
  return t.finish();
}

/**
 * `exact` without results that overflow in the types of the graph: there a masked score may be the
 * largest, and fusion takes masks for what they mean.
 */
function onlyWhereFinite(exact: Outputs, typed: Outputs): Outputs {
  const [result, rounded] = [exact.get('result'), typed.get('result')];
  if (result === undefined || rounded === undefined) return exact;
  const finite = numbersIn(rounded.data).map(Number.isFinite);
  const data = numbersIn(result.data).map((value, i) => (finite[i] === true ? value : NaN));
  return new Map([...exact, ['result', { ...result, data: Float64Array.from(data) }]]);
}

/** By output: the largest difference that f32 arithmetic makes to `exact`. Run when first asked. */
function noiseOf(graph: Graph, feeds: Feeds, exact: Outputs): (name: string) => number {
  let typed: Outputs | undefined;
  return (name) => {
    typed ??= runReference(graph, feeds, 'typed').outputs;
    const [rounded, numbers] = [typed, exact].map((outputs) => numbersIn(outputs.get(name)!.data));
    const differences = numbers!.map((value, i) => Math.abs(value - rounded![i]!));
    return Math.max(0, ...differences.filter(Number.isFinite));
  };
}

/**
 * `boundOf`: how far a number of this output, whose largest is `largest`, may be off; asked where
 * one differs. Errors: a plain Error naming the first number that does.
 */
function compare(
  what: string,
  wanted: Outputs,
  found: Outputs,
  boundOf: (name: string, largest: number) => number,
): void {
  // Next to results that are no numbers (a norm without eps of zeros) gradients mean nothing.
  const defined = [...wanted.values()].every(({ data }) => numbersIn(data).every(Number.isFinite));
  for (const [name, tensor] of wanted) {
    const other = found.get(name);
    const isResult = name === 'result';
    if (isResult && other === undefined) throw new Error(`${what}: ${name} is missing`);
    if (!isResult && !defined) continue;
    const numbers = numbersIn(tensor.data);
    let bound: number | undefined;
    numbers.forEach((value, i) => {
      // What nothing depends on has no gradient, where it had one of zeros.
      const got = Number(other?.data[i] ?? 0);
      if (!Number.isFinite(value) || got === value) return;
      bound ??= boundOf(name, largestOf(numbers));
      if (!(Math.abs(value - got) <= bound))
        throw new Error(`${what}: ${name}[${i}] is ${got}, not ${value}`);
    });
  }
}

const numbersIn = (data: HostTensor['data']): number[] =>
  Array.from<number | bigint, number>(data as Float64Array, Number);

const largestOf = (numbers: readonly number[]): number =>
  Math.max(0, ...numbers.filter(Number.isFinite).map(Math.abs));
