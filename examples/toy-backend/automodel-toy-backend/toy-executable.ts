// A compiled plan: its steps with their ops looked up, its constants and its arena. A run binds the
// other buffers by name and executes the steps in order.
import { setImmediate } from 'node:timers/promises';
import type { Bindings, Executable, NonFinite, RunOptions, RunResult } from '@automodel/contracts';
import {
  AutomodelError,
  encodeHostData,
  isFloat,
  roundHostTensor,
  type HostTensor,
  type OpDefinition,
  type Plan,
  type PlanBuffer,
  type PlanStep,
} from '@automodel/core';
import type { CommandQueue } from './command-queue.js';
import { opNamed } from './kernel-table.js';
import { readTensor, writeTensor } from './strided-elements.js';
import { toyBuffer } from './toy-buffer.js';

type Memories = ReadonlyMap<number, Uint8Array>;

interface CompiledStep {
  readonly step: PlanStep;
  readonly op: OpDefinition;
}

export class ToyExecutable implements Executable {
  readonly plan: Plan;
  /** The arena is the plan's; nothing else is needed. */
  readonly overheadBytes = 0;
  readonly #queue: CommandQueue;
  readonly #steps: readonly CompiledStep[];
  /** Memory that belongs to the program: the arena's buffers and constants, by buffer id. */
  readonly #own: Memories;
  /** Ids of buffers that steps write. */
  readonly #written: ReadonlySet<number>;
  #closed = false;

  /** Errors: `missing-kernel` naming op and scope. */
  constructor(queue: CommandQueue, plan: Plan) {
    this.plan = plan;
    this.#queue = queue;
    this.#steps = plan.steps.map((step) => ({ step, op: kernelOf(step) }));
    this.#own = ownMemory(plan);
    this.#written = new Set(
      plan.steps.flatMap(({ outputs }) => outputs.flatMap((ref) => ref?.buffer ?? [])),
    );
  }

  run(bindings: Bindings, options: RunOptions = {}): Promise<RunResult> {
    return this.#queue.put(() => this.#run(bindings, options));
  }

  async #run(
    bindings: Bindings,
    { signal, scan = false, profile = false }: RunOptions,
  ): Promise<RunResult> {
    if (this.#closed)
      throw new AutomodelError('bad-argument', `program ${this.plan.name} is closed`);
    const memories = new Map([...this.#own, ...this.#bound(bindings)]);
    const stepNanoseconds: number[] = [];
    for (const [index, compiled] of this.#steps.entries()) {
      await setImmediate(); // the event loop stays free
      if (signal?.aborted === true)
        throw new AutomodelError('aborted', `program ${this.plan.name} was stopped`, {
          cause: signal.reason,
        });
      const started = process.hrtime.bigint();
      const results = execute(compiled, memories);
      stepNanoseconds.push(Number(process.hrtime.bigint() - started));
      const nonFinite = scan ? firstNonFinite(index, results) : undefined;
      if (nonFinite !== undefined) return { nonFinite };
    }
    return profile ? { stepNanoseconds } : {};
  }

  /** Buffers that callers own: inputs, outputs, parameters and states. Errors name the buffer. */
  #bound(bindings: Bindings): [id: number, memory: Uint8Array][] {
    return this.plan.buffers
      .filter(({ name }) => name !== '')
      .map(({ id, kind, name, bytes }) => {
        const refuse = (what: string): AutomodelError =>
          new AutomodelError('bad-argument', `program ${this.plan.name}: ${kind} ${name} ${what}`);
        const bound = bindings.get(name);
        if (bound === undefined) throw refuse('is not bound');
        const buffer = toyBuffer(bound);
        if (buffer.bytes < bytes)
          throw refuse(`needs ${bytes} bytes, the buffer bound to it has ${buffer.bytes}`);
        if (buffer.mapped && this.#written.has(id))
          throw refuse('is written, but bound to a read-only mapping of a file');
        return [id, buffer.range()];
      });
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    this.#closed = true;
  }
}

function kernelOf(step: PlanStep): OpDefinition {
  const op = opNamed(step.op);
  if (op === undefined)
    throw new AutomodelError(
      'missing-kernel',
      `backend toy has no kernel for ${step.op}, in ${step.scope}`,
    );
  return op;
}

/** Transient buffers share one arena, at the offsets the planner chose; constants are encoded. */
function ownMemory({ arenaBytes, buffers }: Plan): Memories {
  const arena = new Uint8Array(arenaBytes);
  const memoryOf = ({ kind, offset, bytes, constant }: PlanBuffer): Uint8Array | undefined => {
    if (kind === 'transient') return arena.subarray(offset, offset + bytes);
    return constant === undefined ? undefined : encodeHostData(constant.dtype, constant.data);
  };
  return new Map(
    buffers.flatMap((buffer) => {
      const memory = memoryOf(buffer);
      return memory === undefined ? [] : [[buffer.id, memory] as const];
    }),
  );
}

/** Operands are read before results are written: a result may take an operand's place. */
function execute({ step, op }: CompiledStep, memories: Memories): readonly HostTensor[] {
  const memoryOf = (buffer: number): Uint8Array => memories.get(buffer) ?? new Uint8Array();
  const operands = step.inputs.map((ref) =>
    ref === null ? undefined : readTensor(ref, memoryOf(ref.buffer)),
  );
  const types = op.infer(operands, step.attrs);
  const results = (op.reference?.(operands, step.attrs, types) ?? []).map(roundHostTensor);
  for (const [i, ref] of step.outputs.entries()) {
    const result = results[i];
    if (ref !== null && result !== undefined) writeTensor(result, ref, memoryOf(ref.buffer));
  }
  return results;
}

function firstNonFinite(step: number, results: readonly HostTensor[]): NonFinite | undefined {
  for (const [output, { dtype, data }] of results.entries()) {
    if (!isFloat(dtype)) continue;
    const element = data.findIndex((value) => !Number.isFinite(Number(value)));
    if (element !== -1) return { step, output, element, value: Number(data[element]) };
  }
  return undefined;
}
