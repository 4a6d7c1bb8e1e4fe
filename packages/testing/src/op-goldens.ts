// Cases of single operations computed by PyTorch (goldens/ops, made by make_op_goldens.py): outputs and gradients that the reference run must reproduce.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyRecordedOp, AutomodelError, gradients, mul, parseDType, runReference, sum, Trace, type HostTensor, type Operand, type Tensor } from '@automodel/core';
import { compareTensors } from './compare-tensors.js';
import type { ConformanceCheck } from './op-conformance.js';
import { readGoldens } from './read-goldens.js';
import { TOLERANCES } from './tolerances.js';

/** One entry of ops.json: `in` names tensors by number, or holds a Python scalar, or null. */
interface OpCase {
  readonly case: string;
  readonly op: string;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly in: readonly (number | { readonly c: number | boolean | string } | null)[];
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** The checks of a folder with ops.json and ops.safetensors. */
export async function opGoldens(folder: string): Promise<ConformanceCheck[]> {
  const cases = JSON.parse(await readFile(join(folder, 'ops.json'), 'utf8')) as OpCase[];
  const tensors = await readGoldens(join(folder, 'ops.safetensors'));
  return cases.map((golden) => ({ name: golden.case, run: () => checkCase(golden, tensors) }));
}

/** A Python scalar: whole numbers of these files are ints. */
function scalarOf(value: number | boolean | string): Operand {
  if (typeof value === 'string') return value === 'NaN' ? NaN : value === 'Infinity' ? Infinity : -Infinity;
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
}

function checkCase(golden: OpCase, tensors: ReadonlyMap<string, HostTensor>): void {
  const trace = new Trace(golden.case);
  const feeds = new Map<string, HostTensor>();
  const input = (name: string): Tensor => {
    const data = tensors.get(`${golden.case}.${name}`);
    if (data === undefined) throw new AutomodelError('bad-data', `${golden.case}: the file has no tensor ${name}`);
    feeds.set(name, data);
    return trace.input('batch', name, data.shape, data.dtype);
  };
  const operands = golden.in.map((spec) => (spec === null ? null : typeof spec === 'number' ? input(`in${spec}`) : scalarOf(spec.c)));
  const dtype = parseDType(golden.dtype)!;
  const result = trace.run(() => applyRecordedOp({ op: golden.op, inputs: operands, attrs: golden.attrs, shape: golden.shape, dtype }));
  trace.output('out', result);
  const wanted = adjointNames(golden, tensors);
  if (wanted.length > 0) {
    const loss = sum(mul(result, input('cotangent')));
    const sources = wanted.map((name) => trace.tensor(trace.finish().inputs.find((value) => value.input!.name === name.replace('grad', 'in'))!));
    gradients(loss, sources).forEach((tensor, i) => {
      if (tensor !== undefined) trace.output(wanted[i]!, tensor);
    });
  }
  const { outputs } = runReference(trace.finish(), feeds, 'typed');
  compareAll(golden, tensors, outputs, ['out', ...wanted]);
}

const adjointNames = (golden: OpCase, tensors: ReadonlyMap<string, HostTensor>): string[] => golden.in.flatMap((_, i) => (tensors.has(`${golden.case}.grad${i}`) ? [`grad${i}`] : []));

function compareAll(golden: OpCase, tensors: ReadonlyMap<string, HostTensor>, outputs: ReadonlyMap<string, HostTensor>, names: readonly string[]): void {
  for (const name of names) {
    const expected = tensors.get(`${golden.case}.${name}`)!;
    const actual = outputs.get(name) ?? { ...expected, data: new Float64Array(expected.data.length) }; // no adjoint: zero everywhere
    const difference = compareTensors(actual, expected, name === 'out' ? TOLERANCES.goldenOutput : TOLERANCES.goldenGradient);
    if (difference !== undefined) throw new AutomodelError('bad-data', `${golden.case} ${name}: ${difference}`);
  }
}
