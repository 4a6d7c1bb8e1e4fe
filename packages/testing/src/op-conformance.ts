// The conformance suite of ops: walks definitions and their samples, so a new op needs no test
// file. Each check is a named function that throws what is wrong; a test runner runs them.
// Checked: shape rule against result, decomposition against reference, gradient against central
// differences in f64, and on a backend kernel against reference and same bits on two runs.
import {
  nameAt,
  runReference,
  sameShape,
  sizeOf,
  type Attributes,
  type DType,
  type Graph,
  type HostTensor,
  type OpDefinition,
  type OpSample,
} from '@automodel/core';
import type { RunGraph } from '@automodel/recorded';
import { compareTensors } from './compare-tensors.js';
import { centralDifferences } from './finite-differences.js';
import { adjointsOf, comparedGradients } from './gradient-program.js';
import { finish, inputName, program, wrong } from './op-program.js';
import { kernelTolerance, TOLERANCES } from './tolerances.js';

/** One check: a name for the test runner, and a function that throws what is wrong. */
export interface ConformanceCheck {
  readonly name: string;
  run(): void | Promise<void>;
}

/** What is compared besides definitions. */
export interface OpConformanceOptions {
  /** Also compares a backend's kernels with the reference. */
  readonly runGraph?: RunGraph;
  /**
   * Further float dtypes in which an op's kernel takes f32 operand number `operand` of its samples;
   * default none. Operands that take the same dtype get it together.
   */
  readonly dtypes?: (op: OpDefinition, operand: number) => readonly DType[];
}

/**
 * The checks of all samples of `ops`: a registry, or a list of third-party definitions. An op
 * without samples has none.
 */
export function opConformance(
  ops: Readonly<Record<string, OpDefinition>> | readonly OpDefinition[],
  options: OpConformanceOptions = {},
): ConformanceCheck[] {
  return Object.values(ops).flatMap((op: OpDefinition) =>
    op.samples.flatMap((sample, i) => [
      ...definitionChecks(op, sample, `${op.name} ${i}`),
      ...kernelChecks(op, sample, `${op.name} ${i}`, options),
    ]),
  );
}

function definitionChecks(op: OpDefinition, sample: OpSample, name: string): ConformanceCheck[] {
  const checks: ConformanceCheck[] = [
    { name: `${name}: shape rule`, run: () => checkShapes(op, sample) },
  ];
  if (comparedGradients(op, sample) !== 'none')
    checks.push({ name: `${name}: gradient`, run: () => checkGradients(op, sample) });
  if (op.reference !== undefined && op.decompose !== undefined)
    checks.push({ name: `${name}: decomposition`, run: () => checkDecomposition(op, sample) });
  return checks;
}

function kernelChecks(
  op: OpDefinition,
  sample: OpSample,
  name: string,
  { runGraph, dtypes }: OpConformanceOptions,
): ConformanceCheck[] {
  if (runGraph === undefined) return [];
  const forms: [form: string, sample: OpSample][] = [['', sample]];
  const of = (operand: number): readonly DType[] =>
    takesF32(sample, operand) ? (dtypes?.(op, operand) ?? []) : [];
  for (const dtype of new Set(sample.inputs.flatMap((_, i) => of(i))))
    forms.push([
      `, ${dtype}`,
      {
        ...sample,
        inputs: sample.inputs.map((operand, i) =>
          of(i).includes(dtype) ? { ...operand!, dtype } : operand,
        ),
      },
    ]);
  const differentiates = comparedGradients(op, sample) === 'with kernels';
  const checks = forms.flatMap(([form, typed]): ConformanceCheck[] => {
    const kernel = { name: `${name}: kernel${form}`, run: () => checkKernel(op, typed, runGraph) };
    const gradient = {
      name: `${name}: kernels of the gradient${form}`,
      run: () => checkGradientKernels(op, typed, runGraph),
    };
    return differentiates ? [kernel, gradient] : [kernel];
  });
  if (sample.inputs.some((operand) => operand !== null && operand.shape.length > 1))
    checks.push({
      name: `${name}: kernel, strided operands`,
      run: () => checkKernel(op, sample, runGraph, true),
    });
  return checks;
}

const takesF32 = (sample: OpSample, operand: number): boolean =>
  (sample.inputs[operand]?.dtype ?? (sample.inputs[operand] === null ? undefined : 'f32')) ===
  'f32';

function checkShapes(op: OpDefinition, sample: OpSample): void {
  const { trace, outputs, feeds } = program(op, sample);
  const results = runReference(finish(trace, outputs), feeds).outputs;
  outputs.forEach((tensor, i) => {
    const result = results.get(`result${i}`)!;
    if (
      result.dtype !== tensor.dtype ||
      !sameShape(result.shape, tensor.shape) ||
      result.data.length !== sizeOf(tensor.shape)
    )
      throw wrong(
        op,
        `output ${nameAt(op.outputs, i)} is ${result.dtype}[${result.shape.join(',')}] of ` +
          `${result.data.length} elements, the shape rule says ${tensor.toString()}`,
      );
  });
}

function checkDecomposition(op: OpDefinition, sample: OpSample): void {
  const { trace, operands, outputs, feeds } = program(op, sample);
  const decomposed = trace.run(() => op.decompose!(operands, sample.attrs));
  const results = runReference(finish(trace, [...outputs, ...decomposed]), feeds).outputs;
  outputs.forEach((_, i) => {
    const difference = compareTensors(
      results.get(`result${outputs.length + i}`)!,
      results.get(`result${i}`)!,
      TOLERANCES.decomposition,
    );
    if (difference !== undefined)
      throw wrong(op, `output ${nameAt(op.outputs, i)} of the decomposition: ${difference}`);
  });
}

const MAX_ELEMENTS = 48;

/** Up to MAX_ELEMENTS elements spread over the tensor. */
const chosenElements = (size: number): number[] =>
  Array.from({ length: Math.min(size, MAX_ELEMENTS) }, (_, i) =>
    Math.floor((i * size) / Math.min(size, MAX_ELEMENTS)),
  );

function checkGradients(op: OpDefinition, sample: OpSample): void {
  const { graph, forward, feeds, wanted } = adjointsOf(op, sample);
  const results = runReference(graph, feeds).outputs;
  wanted.forEach((i, k) => {
    const x = feeds.get(inputName(i))!;
    const elements = chosenElements(x.data.length);
    const numbers = centralDifferences(x, elements, (changed) =>
      Number(
        runReference(forward, new Map([...feeds, [inputName(i), changed]])).outputs.get('loss')!
          .data[0],
      ),
    );
    const rule = results.get(`gradient${k}`);
    const [actual, expected] = [
      elements.map((at) => (rule === undefined ? 0 : Number(rule.data[at]))),
      numbers,
    ].map((values): HostTensor => ({
      shape: [elements.length],
      dtype: 'f64',
      data: Float64Array.from(values),
    }));
    const scale = Math.max(1, ...numbers.map(Math.abs)) / Math.max(1e-30, ...numbers.map(Math.abs));
    const difference = compareTensors(actual!, expected!, TOLERANCES.finiteDifferences * scale);
    if (difference !== undefined)
      throw wrong(
        op,
        `gradient of ${nameAt(op.operands, i)} against central differences: ${difference}`,
      );
  });
}

const computeOf = (attrs: Attributes): 'f32' | 'bf16' =>
  attrs['compute'] === 'bf16' ? 'bf16' : 'f32';

async function checkKernel(
  op: OpDefinition,
  sample: OpSample,
  runGraph: RunGraph,
  strided = false,
): Promise<void> {
  const { trace, outputs, feeds } = program(op, sample, strided);
  await compareRuns(op, sample, finish(trace, outputs), feeds, runGraph);
}

async function checkGradientKernels(
  op: OpDefinition,
  sample: OpSample,
  runGraph: RunGraph,
): Promise<void> {
  const { graph, feeds } = adjointsOf(op, sample);
  await compareRuns(op, sample, graph, feeds, runGraph);
  // Frozen operands: a backward op is then asked for some of its results only.
  if (
    graph.outputs.length > 1 &&
    graph.nodes.some(({ phase, outputs }) => phase === 'backward' && outputs.length > 1)
  )
    for (const output of graph.outputs)
      await compareRuns(op, sample, { ...graph, outputs: [output] }, feeds, runGraph);
}

/** A graph on a backend, twice, against its typed reference run. */
async function compareRuns(
  op: OpDefinition,
  sample: OpSample,
  graph: Graph,
  feeds: ReadonlyMap<string, HostTensor>,
  runGraph: RunGraph,
): Promise<void> {
  const expected = runReference(graph, feeds, 'typed').outputs;
  const [actual, again] = [await runGraph(graph, feeds), await runGraph(graph, feeds)];
  for (const [name, result] of expected) {
    const difference = compareTensors(
      actual.get(name)!,
      result,
      kernelTolerance(result.dtype, op.castRule ?? 'follow', computeOf(sample.attrs)),
    );
    if (difference !== undefined) throw wrong(op, `kernel, ${name}: ${difference}`);
    const changed = compareTensors(again.get(name)!, actual.get(name)!, 0);
    if (changed !== undefined) throw wrong(op, `a second run differs, ${name}: ${changed}`);
  }
}
