// Runs the cases of a folder on the reference run and on a backend and compares both with PyTorch's
// results: what `automodel verify --ops` does.
import { storageOfDType, writeSafetensors, type TensorSource } from '@automodel/checkpoint';
import type { Backend } from '@automodel/contracts';
import { AutomodelError, encodeHostData, runReference, type HostTensor } from '@automodel/core';
import { largestFinite, valueError } from './compare-values.js';
import { GRADIENT_NOISE, OP_CASE_TOLERANCES, STEPS, type OpCase } from './op-case.js';
import { readOpCases } from './read-op-cases.js';
import { runOnBackend, type RunGraph } from './run-on-backend.js';
import { traceOpCase } from './trace-op-case.js';

/** Largest errors of one run of a case; absent where nothing was compared. */
export interface OpErrors {
  readonly output?: number | undefined;
  readonly gradient?: number | undefined;
}

/**
 * `cannot-check`: the op is unknown, the case is refused, or its result is not in the file; the
 * note says which.
 */
export interface OpCaseCheck {
  readonly case: string;
  readonly op: string;
  readonly status: 'agrees' | 'differs' | 'cannot-check';
  readonly reference: OpErrors;
  readonly backend: OpErrors;
  readonly note?: string | undefined;
}

/** The checks of a folder's cases. */
export interface OpsReport {
  readonly folder: string;
  readonly backend: string;
  readonly verdict: OpCaseCheck['status'];
  readonly cases: readonly OpCaseCheck[];
}

/** What to compare with, and where to write values. */
export interface VerifyOpsOptions {
  readonly backend: Backend;
  /** Writes the backend's values, `<case>.out` and `<case>.grad<k>`, to this new file. */
  readonly dump?: string | undefined;
}

/**
 * Errors: whatever keeps the folder from being read or the dump from being written. What differs is
 * in the report.
 */
export async function verifyOps(
  folder: string,
  { backend, dump }: VerifyOpsOptions,
): Promise<OpsReport> {
  const own: TensorSource[] = [];
  const cases: OpCaseCheck[] = [];
  const runs = { reference: referenceRun, backend: runOnBackend(backend) };
  for (const opCase of await readOpCases(folder))
    cases.push(
      await checkOpCase(opCase, runs, (name, value) =>
        own.push(sourceOf(`${opCase.name}.${name}`, value)),
      ),
    );
  if (dump !== undefined) await writeSafetensors(dump, own);
  return { folder, backend: backend.name, verdict: verdictOf(cases), cases };
}

/**
 * `differs` if any case does; `agrees` only if there are cases and all of them could be checked.
 */
function verdictOf(cases: readonly OpCaseCheck[]): OpCaseCheck['status'] {
  const has = (status: OpCaseCheck['status']): boolean =>
    cases.some((check) => check.status === status);
  if (has('differs')) return 'differs';
  return has('cannot-check') || cases.length === 0 ? 'cannot-check' : 'agrees';
}

const referenceRun: RunGraph = (graph, feeds) =>
  Promise.resolve(runReference(graph, feeds, 'typed').outputs);

const sourceOf = (name: string, { dtype, shape, data }: HostTensor): TensorSource => ({
  name,
  storageType: storageOfDType(dtype),
  shape,
  chunks: () => [encodeHostData(dtype, data)],
});

/** One case on both runs; `keep` gets the backend's values. */
export async function checkOpCase(
  opCase: OpCase,
  runs: { readonly reference: RunGraph; readonly backend: RunGraph },
  keep: (name: string, value: HostTensor) => void = () => undefined,
): Promise<OpCaseCheck> {
  const { name, op } = opCase;
  const refused = (note: string): OpCaseCheck => ({
    case: name,
    op,
    status: 'cannot-check',
    reference: {},
    backend: {},
    note,
  });
  try {
    const { graph, feeds } = traceOpCase(opCase);
    const own = await runs.backend(graph, feeds);
    own.forEach((value, output) => keep(output, value));
    const [reference, backend] = [
      compare(opCase, await runs.reference(graph, feeds), 'reference'),
      compare(opCase, own, 'backend'),
    ];
    if (!opCase.tensors.has('out')) return refused(`ops.safetensors has no tensor ${name}.out`);
    const notes = [...reference.notes, ...backend.notes];
    return {
      case: name,
      op,
      status: notes.length === 0 ? 'agrees' : 'differs',
      reference: reference.errors,
      backend: backend.errors,
      ...(notes.length === 0 ? {} : { note: notes.join('; ') }),
    };
  } catch (error) {
    if (!(error instanceof AutomodelError)) throw error;
    return refused(error.message);
  }
}

/** Errors of all values that the case has, and a line for each that is out of tolerance. */
function compare(
  opCase: OpCase,
  values: ReadonlyMap<string, HostTensor>,
  run: string,
): { errors: OpErrors; notes: string[] } {
  const errors: { output?: number; gradient?: number } = {};
  const notes: string[] = [];
  const cotangent = opCase.tensors.get('cotangent');
  const floor = cotangent === undefined ? 0 : GRADIENT_NOISE * largestFinite(cotangent);
  for (const name of [
    'out',
    ...[...opCase.tensors.keys()].filter((key) => /^grad\d+$/.test(key)).sort(),
  ]) {
    const [kind, expected] = [
      name === 'out' ? 'output' : 'gradient',
      opCase.tensors.get(name),
    ] as const;
    if (expected === undefined) continue;
    const actual = values.get(name);
    const { error, worst } =
      actual === undefined
        ? { error: Infinity, worst: 'has no value' }
        : valueError(actual, expected, kind === 'gradient' ? floor : 0);
    errors[kind] = Math.max(errors[kind] ?? 0, error);
    const tolerance =
      expected.data instanceof Float64Array
        ? Math.max(OP_CASE_TOLERANCES[kind], STEPS[expected.dtype] ?? 0)
        : 0;
    if (!(error <= tolerance)) notes.push(`${run}: ${name} ${worst}`);
  }
  return { errors, notes };
}
