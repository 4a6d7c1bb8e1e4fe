// A session: one model's parameters and states in a backend's memory, and the programs over them.
// Programs are traced, planned and compiled when first needed; runs queue and never overlap.
// It knows nothing of steps, schedules or sampling; those are built on `program`, `states` and
// `exclusive`.
import type {
  Adapter,
  Backend,
  DeviceBuffer,
  LanguageModel,
  Parallelism,
} from '@automodel/contracts';
import { AutomodelError, sizeOf, type Graph, type PassSlots } from '@automodel/core';
import type { StoredTensors } from '../memory/match-weights.js';
import type { ParameterSet } from '../memory/parameter-set.js';
import { computeDType, type Precision } from '../memory/precision.js';
import { RunQueue } from '../memory/run-queue.js';
import { StateSet } from '../memory/state-set.js';
import { initialAdapterProgram } from '../programs/adapter-programs.js';
import { compileProgram, type CompileOptions } from '../programs/compile-program.js';
import type { ProgramSettings } from '../programs/forward.js';
import { Program } from '../programs/program.js';
import { initialParameters, loadParameters, type LoadedParameters } from './load-parameters.js';
import { completeOptions, type CompleteOptions, type SessionOptions } from './session-options.js';

/** One model in a backend's memory. Close it before the backend. */
export class ModelSession implements AsyncDisposable {
  readonly backend: Backend;
  readonly model: LanguageModel;
  readonly precision: Precision;
  /** How processes share the parameters. */
  readonly parallelism: Parallelism;
  readonly parameters: ParameterSet;
  readonly states: StateSet;
  /** Tensors of the folder that the model does not read, and remarks made while loading. */
  readonly unused: readonly string[];
  readonly notes: readonly string[];
  readonly settings: ProgramSettings;
  readonly #options: CompleteOptions;
  /** Compiled, or being compiled. */
  readonly #programs = new Map<string, Promise<Program>>();
  readonly #queue = new RunQueue();
  #closed = false;

  private constructor(options: CompleteOptions, { parameters, matched }: LoadedParameters) {
    this.#options = options;
    this.backend = options.backend;
    this.model = options.model;
    this.precision = options.precision;
    this.parallelism = options.parallelism;
    this.parameters = parameters;
    this.states = new StateSet(options.backend);
    this.unused = matched.unused;
    this.notes = [...(options.model.notes ?? []), ...matched.notes];
    this.settings = {
      model: options.model,
      compute: computeDType(options.precision),
      dtypeOf: (name) => parameters.get(name).dtype,
      interceptors: options.interceptors,
      slots: options.slots,
      fuse: options.fuse ?? true,
      dropout: options.dropout,
    };
  }

  /**
   * A session over the tensors of a folder, which errors call `where`. Trained parameters are
   * converted into new memory, others are mapped where possible.
   * Errors: see `matchWeights`.
   */
  static async load(
    given: SessionOptions,
    tensors: StoredTensors,
    where: string,
  ): Promise<ModelSession> {
    const options = completeOptions(given);
    const loaded = await loadParameters(options, tensors, where);
    try {
      const session = new ModelSession(options, loaded);
      const { adapter } = options;
      if (adapter !== undefined && adapter.tensors === undefined)
        await session.#startAdapter(adapter.adapter);
      return session;
    } catch (error) {
      loaded.parameters.close();
      throw error;
    }
  }

  /** Computes the initial values that a new adapter takes from the model. */
  async #startAdapter(adapter: Adapter): Promise<void> {
    const graph = initialAdapterProgram(adapter, this.settings);
    if (graph === undefined) return;
    const program = await this.program(graph.name, () => graph);
    await program.run(this.buffer);
    for (const { name, value } of graph.outputs)
      this.parameters.write(name, await program.read(name, new Float32Array(sizeOf(value.shape))));
    await this.release(graph.name);
  }

  /** A session with random weights. Errors: see `initialParameters`. */
  static initialize(given: SessionOptions, seed: number): ModelSession {
    const options = completeOptions(given);
    return new ModelSession(options, initialParameters(options, seed));
  }

  get compileOptions(): CompileOptions {
    return this.#options;
  }

  /**
   * The program with this `key`, built by `build` on first use, with passes of parallelism other
   * than usual if `slots` are given. Its states are allocated when the promise resolves.
   */
  async program(key: string, build: () => Graph, slots?: PassSlots): Promise<Program> {
    if (this.#closed) throw new AutomodelError('bad-argument', 'the session is closed');
    const known = this.#programs.get(key);
    if (known !== undefined) return known;
    const compiling = this.#compile(build, slots);
    this.#programs.set(key, compiling);
    try {
      return await compiling;
    } catch (error) {
      this.#programs.delete(key);
      throw error;
    }
  }

  async #compile(build: () => Graph, slots = this.#options.slots): Promise<Program> {
    const executable = await compileProgram(this.backend, build(), { ...this.#options, slots });
    const program = new Program(this.backend, executable);
    for (const { kind, name, bytes } of program.shared)
      if (kind === 'state') this.states.allocate(name, bytes);
    return program;
  }

  /** Closes a program that will not be used again. */
  async release(key: string): Promise<void> {
    const program = this.#programs.get(key);
    this.#programs.delete(key);
    await (await program)?.close();
  }

  /** The memory of a parameter or state. */
  readonly buffer = (name: string): DeviceBuffer =>
    this.parameters.has(name) ? this.parameters.get(name).buffer : this.states.get(name);

  /**
   * Runs `body` when all earlier calls have ended. Everything that `body` awaits belongs to it:
   * writing to programs, running them and reading results never interleave with those of another
   * call.
   */
  exclusive<T>(body: () => Promise<T> | T): Promise<T> {
    return this.#queue.run(body);
  }

  /**
   * Waits for the call in progress, then frees programs, states and parameters (not the backend).
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queue.idle();
    for (const program of this.#programs.values())
      await (await program.catch(() => undefined))?.close(); // a failed one holds nothing
    this.#programs.clear();
    this.states.close();
    this.parameters.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
