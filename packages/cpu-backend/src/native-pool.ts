// A pool of native threads for one instruction set, and programs that run on it.
import { AutomodelError } from '@automodel/core';
import { ErrorText, loadLibrary, type Address, type NativeLibrary } from './library.js';
import { encodeProgram, encodeStep, type NativeStep } from './native-program.js';

/**
 * How a run ended. `step`, `output` and `element` belong to `not-finite`; `step` to all but `done`.
 * For `rank-gone` and `ranks-differ`, `output` is the rank along the step's axis that is the cause.
 */
export interface RunOutcome {
  readonly status: (typeof STATUS)[number];
  readonly step: number;
  readonly output: number;
  readonly element: number;
}

export interface RunMode {
  /** Measure each step; read with `profile()`. */
  readonly profile?: boolean;
  /** Look for the first result that is not finite; without collectives, the run stops there. */
  readonly scan?: boolean;
}

const STATUS = ['done', 'aborted', 'not-finite', 'rank-gone', 'ranks-differ', 'no-memory'] as const;
const RESULT_WORDS = 4;
const TEXT_BYTES = 1 << 16;

/** Names of the instruction sets that both this build and this machine have, best first. */
export function instructionSets(): readonly string[] {
  const text = Buffer.alloc(256);
  loadLibrary().instruction_sets(text, text.length);
  return text.toString('latin1', 0, text.indexOf(0)).split(' ');
}

/** Threads that walk programs, one program at a time. */
export class NativePool {
  readonly library: NativeLibrary = loadLibrary();
  readonly threads: number;
  /** Name of the instruction set in use. */
  readonly instructionSet: string;
  #handle: Address;

  /**
   * `instructionSet` '' chooses the best of the machine. Errors: `unsupported` where the machine
   * lacks the one asked for.
   */
  constructor(threads: number, instructionSet = '') {
    const error = new ErrorText();
    this.#handle = this.library.pool_create(threads, instructionSet, error.bytes, error.capacity);
    if (this.#handle === 0) throw new AutomodelError('unsupported', `CPU backend: ${error.text}`);
    this.threads = threads;
    this.instructionSet = this.library.pool_instruction_set(this.#handle);
  }

  /** Errors: closed. */
  get handle(): Address {
    if (this.#handle === 0) throw new AutomodelError('bad-argument', 'the CPU backend is closed');
    return this.#handle;
  }

  kernels(): readonly string[] {
    const text = Buffer.alloc(TEXT_BYTES);
    const length = this.library.pool_kernels(this.handle, text, text.length);
    return text.toString('latin1', 0, length).split('\n').slice(0, -1);
  }

  /** Workspace in bytes that `step` needs. All its tensors must name base 0. */
  workspaceBytes(step: NativeStep): number {
    const error = new ErrorText();
    const { words, names } = encodeStep(step);
    const bytes = this.library.workspace_bytes(
      this.handle,
      words,
      words.length,
      names,
      error.bytes,
      error.capacity,
    );
    if (bytes < 0) throw new AutomodelError('bad-plan', `CPU backend: ${error.text}`);
    return bytes;
  }

  /** To be called only after its programs have been closed. */
  close(): void {
    if (this.#handle !== 0) this.library.pool_destroy(this.#handle);
    this.#handle = 0;
  }
}

/**
 * A checked program, and the native block that holds the bases of a run and receives its outcome.
 */
export class NativeProgram {
  readonly #pool: NativePool;
  readonly #handle: Address;
  readonly #block: Address;
  readonly #blockBytes: number;
  readonly #bases: BigInt64Array;
  readonly #result: BigInt64Array;
  readonly #abort: Int32Array;
  readonly #steps: number;

  /** Errors: `bad-plan` with the runtime's complaint. */
  constructor(pool: NativePool, baseBytes: readonly number[], steps: readonly NativeStep[]) {
    const { library } = pool;
    const error = new ErrorText();
    const { words, names } = encodeProgram(baseBytes, steps);
    this.#pool = pool;
    this.#steps = steps.length;
    this.#handle = library.program_create(
      pool.handle,
      words,
      words.length,
      names,
      error.bytes,
      error.capacity,
    );
    if (this.#handle === 0) throw new AutomodelError('bad-plan', `CPU backend: ${error.text}`);
    this.#blockBytes = (RESULT_WORDS + baseBytes.length) * 8;
    this.#block = library.allocate(this.#blockBytes);
    const block = library.view(this.#block, this.#blockBytes);
    this.#result = new BigInt64Array(block, 0, RESULT_WORDS);
    this.#bases = new BigInt64Array(block, RESULT_WORDS * 8);
    this.#abort = new Int32Array(library.view(library.program_abort_word(this.#handle), 4));
  }

  /** Scratch over all threads, in bytes. */
  get scratchBytes(): number {
    return this.#pool.library.program_scratch_bytes(this.#handle);
  }

  /** Sets the address of a base for the next run. */
  bind(base: number, address: Address): void {
    this.#bases[base] = BigInt(address);
  }

  /** Makes the run in progress stop after the chunks that are being computed. */
  abort(): void {
    Atomics.store(this.#abort, 0, 1);
  }

  /** Runs in one native call; the event loop stays free. */
  async run(mode: RunMode = {}): Promise<RunOutcome> {
    await this.#pool.library.asynchronous.program_run(...this.#arguments(mode));
    return this.#outcome();
  }

  /** The same, blocking the calling thread: for measurements. */
  runBlocking(mode: RunMode = {}): RunOutcome {
    this.#pool.library.program_run(...this.#arguments(mode));
    return this.#outcome();
  }

  #arguments(mode: RunMode): [Address, Address, number, Address] {
    return [
      this.#handle,
      this.#block + RESULT_WORDS * 8,
      (mode.profile === true ? 1 : 0) | (mode.scan === true ? 2 : 0),
      this.#block,
    ];
  }

  #outcome(): RunOutcome {
    Atomics.store(this.#abort, 0, 0);
    const [status, step, output, element] = Array.from(this.#result, Number) as [
      number,
      number,
      number,
      number,
    ];
    return { status: STATUS[status]!, step, output, element };
  }

  /** Nanoseconds of each step of the last run with `profile`. */
  profile(): readonly number[] {
    if (this.#steps === 0) return [];
    return Array.from(
      new BigInt64Array(
        this.#pool.library.view(this.#pool.library.program_profile(this.#handle), this.#steps * 8),
      ),
      Number,
    );
  }

  /** To be called only when no run is in progress. */
  close(): void {
    this.#pool.library.program_destroy(this.#handle);
    this.#pool.library.free(this.#block, this.#blockBytes);
  }
}
