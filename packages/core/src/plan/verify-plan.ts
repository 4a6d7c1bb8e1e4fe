// The plan verifier: replays a plan over (bytes, stream, order) and trusts nothing the planner
// decided. Every operand must find all its bytes holding the value it names, written by a step that
// certainly happened before; nothing that is still being read is overwritten, except operands whose
// op says so; nothing lies outside its buffer.
import { AutomodelError } from '../error.js';
import { bytesOf } from '../tensor/dtype.js';
import { sameShape } from '../tensor/shape.js';
import { complaintAbout } from './buffer-complaint.js';
import { isSameWrite, readBy, writtenBy, type ByteHistory } from './byte-history.js';
import { ByteMap } from './byte-map.js';
import { overwriteRule, type OverwriteTable } from './overwrite-table.js';
import type { Plan, PlanBuffer, PlanStep, TensorRef } from './plan.js';
import { denseRuns } from './dense-runs.js';
import { releaseStep } from './release-step.js';
import { StepOrder } from './step-order.js';
import { firstOverlap, overlap, type Bytes } from './step-overlaps.js';
import { isRowMajor, spanOf } from './view.js';

/** Throws `bad-plan` naming the first step that breaks a rule. */
export function verifyPlan(plan: Plan, overwrites: OverwriteTable): void {
  new Verifier(plan, overwrites).verify();
}

/** The address space of the arena; that of a bound buffer is its id. */
const ARENA = -1;
const GARBAGE = -1;
const READ_ONLY: ReadonlySet<string> = new Set(['constant', 'batch', 'scalar']);

class Verifier {
  readonly #plan: Plan;
  readonly #mayOverwrite: (op: string, output: number, input: number) => boolean;
  readonly #spaces = new Map<number, ByteMap<ByteHistory>>();
  readonly #order = new StepOrder();
  /** During which step the memory of a step may be in use for the last time. */
  readonly #release: (step: number) => number;
  #index = -1;

  constructor(plan: Plan, overwrites: OverwriteTable) {
    this.#plan = plan;
    this.#mayOverwrite = overwriteRule(overwrites);
    this.#release = releaseStep(plan.steps, (ref) => ref.buffer);
  }

  verify(): void {
    this.#plan.buffers.forEach((buffer, i) => {
      const wrong = complaintAbout(buffer, i, this.#plan.arenaBytes);
      if (wrong !== undefined) this.#fail(wrong);
    });
    this.#plan.steps.forEach((step, index) => {
      this.#index = index;
      const wait = this.#order.add(step);
      if (wait !== undefined) this.#fail(`waits for step ${wait}, which is not before it`);
      this.#step(step);
    });
    this.#index = this.#plan.steps.length;
    for (const buffer of this.#plan.buffers) this.#finished(buffer);
  }

  #fail(message: string): never {
    const step = this.#plan.steps[this.#index];
    const where =
      step === undefined
        ? ''
        : ` step ${this.#index} (${step.op}${step.scope === '' ? '' : ` in ${step.scope}`})`;
    throw new AutomodelError('bad-plan', `plan ${this.#plan.name}${where}: ${message}`);
  }

  #space(id: number): ByteMap<ByteHistory> {
    let map = this.#spaces.get(id);
    if (map === undefined) this.#spaces.set(id, (map = new ByteMap()));
    return map;
  }

  #step(step: PlanStep): void {
    const inputs = step.inputs.map((ref, i) =>
      ref === null ? undefined : this.#extent(ref, `operand ${i}`),
    );
    const outputs = step.outputs.map((ref, i) =>
      ref === null ? undefined : this.#extent(ref, `result ${i}`),
    );
    const workspace = step.workspace === null ? undefined : this.#workspace(step.workspace);
    step.inputs.forEach((ref, i) => ref !== null && this.#read(ref, inputs[i]!, `operand ${i}`));
    this.#overlaps(step, inputs, outputs);
    for (const bytes of [...inputs, ...outputs])
      if (workspace !== undefined && bytes !== undefined && overlap(workspace, bytes))
        this.#fail('its workspace shares bytes with an operand or result');
    if (workspace !== undefined) this.#write(workspace, GARBAGE, 'workspace');
    step.outputs.forEach((ref, o) => {
      if (ref === null) return;
      const bytes = outputs[o]!;
      for (const [start, end] of denseRuns(ref, bytes.start, bytes.end))
        this.#write({ space: bytes.space, start, end }, ref.value, `result ${o}`);
    });
  }

  /** The bytes between the first and the last element of `ref`. */
  #extent(ref: TensorRef, what: string): Bytes {
    const buffer = this.#plan.buffers[ref.buffer];
    if (buffer === undefined)
      this.#fail(`${what} lies in buffer ${ref.buffer}, which does not exist`);
    if (ref.shape.length !== ref.strides.length)
      this.#fail(`${what} has ${ref.shape.length} dimensions and ${ref.strides.length} strides`);
    const end = ref.offset + spanOf(ref.shape, ref.strides) * bytesOf(ref.dtype);
    if (ref.offset < 0 || end > buffer.bytes || ref.strides.some((s) => s < 0))
      this.#fail(`${what} reaches bytes ${ref.offset}..${end} of a buffer of ${buffer.bytes}`);
    if (buffer.kind === 'transient' && !this.#lives(buffer))
      this.#fail(
        `${what} lies in a buffer that lives from step ${buffer.live[0]} to ${buffer.live[1]}`,
      );
    return this.#at(buffer, ref.offset, end);
  }

  #at(buffer: PlanBuffer, start: number, end: number): Bytes {
    return buffer.kind === 'transient'
      ? { space: ARENA, start: buffer.offset + start, end: buffer.offset + end }
      : { space: buffer.id, start, end };
  }

  /** Whether the buffer is there for as long as the step may run. */
  #lives({ live: [first, last] }: PlanBuffer): boolean {
    return first <= this.#index && last >= this.#release(this.#index);
  }

  #workspace(id: number): Bytes {
    const buffer = this.#plan.buffers[id];
    if (buffer?.kind !== 'transient')
      this.#fail(`its workspace is buffer ${id}, which is not transient`);
    if (!this.#lives(buffer))
      this.#fail(`its workspace lives from step ${buffer.live[0]} to ${buffer.live[1]}`);
    return this.#at(buffer, 0, buffer.bytes);
  }

  #read(ref: TensorRef, bytes: Bytes, what: string): void {
    const map = this.#space(bytes.space);
    if (bytes.space !== ARENA && this.#plan.buffers[bytes.space]!.kind !== 'output')
      this.#bind(ref, bytes);
    const missing = map.firstMissing(bytes.start, bytes.end);
    if (missing !== undefined)
      this.#fail(`${what} reads byte ${missing}, which nothing has written`);
    for (const { start, end, content } of map.overlapping(bytes.start, bytes.end)) {
      const { value, writer } = content;
      if (value !== ref.value)
        this.#fail(
          `${what} expects value ${ref.value} in bytes ${bytes.start}..${bytes.end}, but ` +
            `${start}..${end} hold value ${value}, written by step ${writer}`,
        );
      if (!this.#order.happenedBefore(writer))
        this.#fail(
          `${what} is written by step ${writer} on another stream, which it does not wait for`,
        );
    }
    map.change(bytes.start, bytes.end, (history) => readBy(history, this.#index));
  }

  /** Inputs and constants are there before the first step: the first reader names their value. */
  #bind(ref: TensorRef, { space }: Bytes): void {
    const map = this.#space(space);
    const size = this.#plan.buffers[space]!.bytes;
    if (size > 0 && map.isEmpty) map.set(0, size, writtenBy(ref.value, -1));
  }

  #overlaps(
    step: PlanStep,
    inputs: readonly (Bytes | undefined)[],
    outputs: readonly (Bytes | undefined)[],
  ): void {
    const found = firstOverlap(
      inputs,
      outputs,
      (o, i) => this.#complaintInPlace(step, o, i) === undefined,
    );
    if (found === undefined) return;
    const { result, kind, other } = found;
    if (kind === 'result') this.#fail(`results ${result} and ${other} share bytes`);
    this.#fail(this.#complaintInPlace(step, result, other)!);
  }

  /** What is wrong with a result in the bytes of an operand; undefined if nothing is. */
  #complaintInPlace(step: PlanStep, output: number, input: number): string | undefined {
    const [result, operand] = [step.outputs[output]!, step.inputs[input]!];
    if (!this.#mayOverwrite(step.op, output, input))
      return `result ${output} overwrites operand ${input}, which ${step.op} does not allow`;
    const same =
      this.#plan.buffers[result.buffer]!.offset + result.offset ===
      this.#plan.buffers[operand.buffer]!.offset + operand.offset;
    return same &&
      result.dtype === operand.dtype &&
      sameShape(result.shape, operand.shape) &&
      isRowMajor(result.shape, result.strides) &&
      isRowMajor(operand.shape, operand.strides)
      ? undefined
      : `result ${output} overlaps operand ${input} without lying exactly over it`;
  }

  #write({ space, start, end }: Bytes, value: number, what: string): void {
    if (start >= end) return;
    const buffer = this.#plan.buffers[space];
    if (space !== ARENA && READ_ONLY.has(buffer!.kind))
      this.#fail(`${what} writes into ${buffer!.kind} ${buffer!.name}`);
    const map = this.#space(space);
    for (const { content } of map.overlapping(start, end))
      for (const earlier of [content.writer, ...content.readers])
        if (earlier !== this.#index && !this.#order.happenedBefore(earlier))
          this.#fail(
            `${what} overwrites bytes that step ${earlier} on another stream may still use`,
          );
    const written = writtenBy(value, this.#index);
    map.set(start, end, written, (before) => isSameWrite(before, written));
  }

  /**
   * Checks that all bytes of an output or assigned input hold its result, and that other inputs
   * were not written.
   */
  #finished(buffer: PlanBuffer): void {
    if (buffer.kind === 'transient' || buffer.kind === 'constant') return;
    const map = this.#space(buffer.id);
    const what = `${buffer.kind} ${buffer.name}`;
    if (buffer.result === undefined) {
      if (buffer.kind === 'output') this.#fail(`${what} has no result`);
      if (map.overlapping(0, buffer.bytes).some(({ content }) => content.writer >= 0))
        this.#fail(`${what} is written, but nothing is assigned to it`);
      return;
    }
    const missing = map.firstMissing(0, buffer.bytes);
    if (missing !== undefined) this.#fail(`byte ${missing} of ${what} is never written`);
    const wrong = map
      .overlapping(0, buffer.bytes)
      .find(({ content }) => content.value !== buffer.result);
    if (wrong !== undefined)
      this.#fail(
        `bytes ${wrong.start}..${wrong.end} of ${what} end with value ${wrong.content.value} ` +
          `instead of ${buffer.result}`,
      );
  }
}
