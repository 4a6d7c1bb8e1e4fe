// Executes a plan over real bytes with the reference definition of every op: one arena, bound
// buffers, views read through their strides. It shows that a plan is right in bytes, not only in
// values, and stands in for a backend where there is none. Slow.
import { AutomodelError } from '../error.js';
import { makeNode, type Attributes } from '../graph/graph.js';
import type { OpDefinition } from '../ops/support/define-op.js';
import { evaluateNode } from './run-graph.js';
import { bytesOf } from '../tensor/dtype.js';
import { allocateHostData, type HostTensor } from '../tensor/host-tensor.js';
import { sizeOf } from '../tensor/shape.js';
import { encodeHostData, readElement, writeElement } from '../plan/host-bytes.js';
import type { Plan, PlanStep, TensorRef } from '../plan/plan.js';

/** Ops by name. */
export type OpLookup = ReadonlyMap<string, OpDefinition>;

/**
 * Runs `plan` on `bindings` (bytes of every bound buffer by name; states and outputs are written).
 * Memory that no step has written holds 0xAB, so that reading it is noticed.
 * Errors: a missing or short binding, an op that is not in `ops`.
 */
export function interpretPlan(
  plan: Plan,
  ops: OpLookup,
  bindings: ReadonlyMap<string, Uint8Array>,
): void {
  const memories = memoriesOf(plan, bindings);
  for (const step of plan.steps) runStep(plan, step, ops, memories);
}

/** What a collective gives this rank; it resolves when all ranks along its axis have called. */
export type Communicate = (
  op: OpDefinition,
  operands: readonly HostTensor[],
  attrs: Attributes,
) => Promise<readonly HostTensor[]>;

/** The same for one rank of several, each with a call of its own. Errors: also those of others. */
export async function interpretPlanOnRank(
  plan: Plan,
  ops: OpLookup,
  bindings: ReadonlyMap<string, Uint8Array>,
  communicate: Communicate,
): Promise<void> {
  const memories = memoriesOf(plan, bindings);
  for (const step of plan.steps) {
    const op = ops.get(step.op);
    if (op?.collective === undefined) runStep(plan, step, ops, memories);
    else {
      const operands = step.inputs.map((ref) => gather(ref!, memories[ref!.buffer]!));
      write(step, await communicate(op, operands, step.attrs), memories);
    }
  }
}

function memoriesOf(plan: Plan, bindings: ReadonlyMap<string, Uint8Array>): readonly DataView[] {
  const arena = new Uint8Array(plan.arenaBytes).fill(0xab);
  return plan.buffers.map((buffer) => {
    if (buffer.kind === 'transient')
      return view(arena.subarray(buffer.offset, buffer.offset + buffer.bytes));
    if (buffer.kind === 'constant')
      return view(encodeHostData(buffer.constant!.dtype, buffer.constant!.data));
    const bound = bindings.get(buffer.name);
    if (bound === undefined || bound.length < buffer.bytes)
      throw new AutomodelError(
        'bad-argument',
        `plan ${plan.name}: ${buffer.kind} ${buffer.name} is ` +
          `${bound === undefined ? 'not bound' : `bound to ${bound.length} bytes`}, it needs ` +
          `${buffer.bytes}`,
      );
    return view(bound);
  });
}

const view = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function runStep(plan: Plan, step: PlanStep, ops: OpLookup, memories: readonly DataView[]): void {
  const operands = step.inputs.map((ref) =>
    ref === null ? undefined : gather(ref, memories[ref.buffer]!),
  );
  if (step.workspace !== null) {
    const workspace = memories[step.workspace]!;
    new Uint8Array(workspace.buffer, workspace.byteOffset, workspace.byteLength).fill(0xcd);
  }
  write(step, evaluate(plan, step, ops, operands), memories);
}

function write(
  step: PlanStep,
  results: readonly HostTensor[],
  memories: readonly DataView[],
): void {
  step.outputs.forEach((ref, i) => {
    if (ref !== null) scatter(results[i]!, ref, memories[ref.buffer]!);
  });
}

function evaluate(
  plan: Plan,
  step: PlanStep,
  ops: OpLookup,
  operands: readonly (HostTensor | undefined)[],
): readonly HostTensor[] {
  const op = ops.get(step.op);
  if (op === undefined)
    throw new AutomodelError('missing-kernel', `plan ${plan.name}: op ${step.op} is unknown`);
  const { attrs, phase, scope } = step;
  const inputs = operands.map(() => undefined);
  const node = makeNode({ op, inputs, attrs, phase, scope }, op.infer(operands, attrs), 0);
  return evaluateNode(node, operands, 'typed');
}

/** Calls `visit` with the byte position of each element of `ref`, in row-major order. */
function forEachElement(ref: TensorRef, visit: (at: number, index: number) => void): void {
  const total = sizeOf(ref.shape);
  const counter = ref.shape.map(() => 0);
  let at = 0;
  for (let index = 0; index < total; index++) {
    visit(ref.offset + at * bytesOf(ref.dtype), index);
    for (let d = ref.shape.length - 1; d >= 0; d--) {
      at += ref.strides[d]!;
      if (++counter[d]! < ref.shape[d]!) break;
      at -= ref.shape[d]! * ref.strides[d]!;
      counter[d] = 0;
    }
  }
}

function gather(ref: TensorRef, memory: DataView): HostTensor {
  const data = allocateHostData(ref.dtype, sizeOf(ref.shape));
  forEachElement(ref, (at, index) => {
    const value = readElement(memory, at, ref.dtype);
    if (data instanceof BigInt64Array) data[index] = BigInt(value);
    else data[index] = Number(value);
  });
  return { shape: ref.shape, dtype: ref.dtype, data };
}

function scatter(tensor: HostTensor, ref: TensorRef, memory: DataView): void {
  forEachElement(ref, (at, index) => writeElement(memory, at, ref.dtype, tensor.data[index]!));
}
