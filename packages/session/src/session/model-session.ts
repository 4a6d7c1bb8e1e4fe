// A session: one model's parameters and states in a backend's memory, and the programs over them.
// Programs are traced, planned and compiled when first needed; runs queue and never overlap.
// It knows nothing of steps, schedules or sampling; those are built on `program`, `states` and
// `exclusive`.
import type {
  Adapter,
  Backend,
  DeviceBuffer,
  Interceptor,
  LanguageModel,
  ParameterRecord,
} from '@automodel/contracts';
import { tensorEntry } from '@automodel/checkpoint';
import { AutomodelError, type DType, type Graph, type QuantizedFormat } from '@automodel/core';
import { initialAdapterProgram } from '../programs/adapter-programs.js';
import { quantizedWeights, type QuantizedWeight } from '../quantization/quantized-base.js';
import { WeightQuantizer } from '../quantization/weight-quantizer.js';
import { leastCapacity } from '../batch/batch-inputs.js';
import { forwardGraph, type ProgramSettings } from '../programs/forward.js';
import { compileProgram, type CompileOptions } from '../programs/compile-program.js';
import { matchWeights, type MatchedWeights, type StoredTensors } from '../memory/match-weights.js';
import { ParameterSet, type ParameterPlacement } from '../memory/parameter-set.js';
import { computeDType, heldDType, masterDType, type Precision } from '../memory/precision.js';
import { Program } from '../programs/program.js';
import { RunQueue } from '../memory/run-queue.js';
import { StateSet } from '../memory/state-set.js';
import type { SessionAdapter } from '../adapter/session-adapter.js';
import { trainedParameters } from './trained-parameters.js';

export interface SessionOptions extends CompileOptions {
  readonly backend: Backend;
  readonly model: LanguageModel;
  readonly precision: Precision;
  /** Which parameters training may change; absent: none, the session only reads. */
  readonly trainable?: ((name: string) => boolean) | undefined;
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Where the session trains it and nothing else: `trainable` is asked no more. */
  readonly adapter?: SessionAdapter | undefined;
  /** False: nothing drops out in training. Default true. */
  readonly dropout?: boolean | undefined;
}

/** Every parameter the model reads, in the order of reading. */
export function parameterRecords(
  model: LanguageModel,
  interceptors: readonly Interceptor[] = [],
): readonly ParameterRecord[] {
  return forwardGraph(
    'parameters',
    { model, compute: 'f32', dtypeOf: () => 'f32', interceptors, fuse: false },
    leastCapacity(model),
    () => undefined,
  ).parameters;
}

export class ModelSession implements AsyncDisposable {
  readonly backend: Backend;
  readonly model: LanguageModel;
  readonly precision: Precision;
  readonly parameters: ParameterSet;
  readonly states: StateSet;
  /** Tensors of the folder that the model does not read, and remarks made while loading. */
  readonly unused: readonly string[];
  readonly notes: readonly string[];
  readonly settings: ProgramSettings;
  readonly #options: SessionOptions;
  /** Compiled, or being compiled. */
  readonly #programs = new Map<string, Promise<Program>>();
  readonly #queue = new RunQueue();
  #closed = false;

  private constructor(
    options: SessionOptions,
    parameters: ParameterSet,
    matched: Pick<MatchedWeights, 'unused' | 'notes'>,
  ) {
    this.#options = options;
    this.backend = options.backend;
    this.model = options.model;
    this.precision = options.precision;
    this.parameters = parameters;
    this.states = new StateSet(options.backend);
    this.unused = matched.unused;
    this.notes = [...(options.model.notes ?? []), ...matched.notes];
    this.settings = {
      model: options.model,
      compute: computeDType(options.precision),
      dtypeOf: (name) => parameters.get(name).dtype,
      interceptors: options.interceptors ?? [],
      fuse: options.fuse ?? true,
      dropout: options.dropout,
    };
  }

  /**
   * A session over the tensors of a folder (`where`, for errors). Trained parameters are converted
   * into memory of their own, others are mapped where they can be.
   * Errors: see `matchWeights`.
   */
  static async load(
    given: SessionOptions,
    tensors: StoredTensors,
    where: string,
  ): Promise<ModelSession> {
    const options = withAdapter(given);
    const { adapter, model, precision } = options;
    const records = parameterRecords(model, options.interceptors);
    const own = (name: string): boolean => adapter?.adapter.owns(name) ?? false;
    const quantized =
      adapter?.quantization === undefined
        ? []
        : quantizedWeights(records, parameterRecords(model), adapter.quantization);
    const parts = new Set(quantized.flatMap((weight) => weight.parts.map(({ name }) => name)));
    const matched = await matchWeights(
      model,
      [
        ...records.filter(({ name }) => !own(name) && !parts.has(name)),
        ...quantized.map(({ record }) => record),
      ],
      tensors,
      where,
    );
    const parameters = new ParameterSet(options.backend);
    const trained = trainedParameters(options);
    try {
      if (adapter?.quantization !== undefined)
        await loadQuantized(parameters, options.backend, adapter.quantization, quantized, matched);
      for (const [i, record] of records.entries()) {
        if (parts.has(record.name)) continue;
        const stored = own(record.name)
          ? adapter!.tensors?.get(adapter!.adapter.storedName(record.name))
          : matched.entries.get(record.name)!;
        if (stored === undefined)
          parameters.initialize(
            placement(precision, trained(record.name), record, masterDType(precision)),
            adapter!.seed,
            i,
            0,
          );
        else
          await parameters.load(
            placement(precision, trained(record.name), record, tensorEntry(stored).dtype),
            tensorEntry(stored),
          );
      }
      const session = new ModelSession(options, parameters, matched);
      if (adapter !== undefined && adapter.tensors === undefined)
        await session.#startAdapter(adapter.adapter);
      return session;
    } catch (error) {
      parameters.close();
      throw error;
    }
  }

  /** Gives a new adapter what it takes over from the model. */
  async #startAdapter(adapter: Adapter): Promise<void> {
    const graph = initialAdapterProgram(adapter, this.settings.dtypeOf);
    if (graph === undefined) return;
    const program = await this.program(graph.name, () => graph);
    await program.run(this.buffer);
    await this.release(graph.name);
  }

  /**
   * A session with random weights: normal(0, initializer range), ones or zeros as the model says.
   * Errors: `unsupported` for a recorded graph, which says nothing of it.
   */
  static initialize(options: SessionOptions, seed: number): ModelSession {
    const { model, precision, interceptors } = options;
    const { initializerRange } = model;
    if (initializerRange === undefined)
      throw new AutomodelError(
        'unsupported',
        'a recorded graph does not say how its parameters start',
        { location: model.batch.rectangle?.source, hint: 'start from trained weights' },
      );
    const parameters = new ParameterSet(options.backend);
    const trained = trainedParameters(options);
    parameterRecords(model, interceptors).forEach((record, i) =>
      parameters.initialize(
        placement(precision, trained(record.name), record, masterDType(precision)),
        seed,
        i,
        initializerRange,
      ),
    );
    return new ModelSession(options, parameters, { unused: [], notes: [] });
  }

  get compileOptions(): CompileOptions {
    return this.#options;
  }

  /**
   * The program known as `key`, made by `build` when it is first asked for. Its states have their
   * memory when the promise resolves.
   */
  async program(key: string, build: () => Graph): Promise<Program> {
    if (this.#closed) throw new AutomodelError('bad-argument', 'the session is closed');
    const known = this.#programs.get(key);
    if (known !== undefined) return known;
    const compiling = this.#compile(build);
    this.#programs.set(key, compiling);
    try {
      return await compiling;
    } catch (error) {
      this.#programs.delete(key);
      throw error;
    }
  }

  async #compile(build: () => Graph): Promise<Program> {
    const executable = await compileProgram(this.backend, build(), this.#options);
    const program = new Program(this.backend, executable);
    for (const { kind, name, bytes } of program.shared)
      if (kind === 'state') this.states.allocate(name, bytes);
    return program;
  }

  /** Ends a program that will not be asked for again. */
  async release(key: string): Promise<void> {
    const program = this.#programs.get(key);
    this.#programs.delete(key);
    await (await program)?.close();
  }

  /** The memory of a parameter or state. */
  readonly buffer = (name: string): DeviceBuffer =>
    this.parameters.has(name) ? this.parameters.get(name).buffer : this.states.get(name);

  /**
   * Runs `body` when all calls before it have ended. Whatever `body` awaits belongs to it: writes to
   * programs, their run and the reading of results are never mixed with those of another call.
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
      await (await program.catch(() => undefined))?.close(); // one that failed holds nothing
    this.#programs.clear();
    this.states.close();
    this.parameters.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The adapter among the interceptors, and its parameters alone trained where anything is. */
function withAdapter(options: SessionOptions): SessionOptions {
  const { adapter: own, interceptors = [], trainable } = options;
  if (own === undefined) return options;
  const { adapter } = own;
  return {
    ...options,
    interceptors: [...interceptors, adapter.interceptor],
    trainable: trainable === undefined ? undefined : (name) => adapter.owns(name),
  };
}

/** Turns weights into their parts, one after the other. */
async function loadQuantized(
  parameters: ParameterSet,
  backend: Backend,
  format: QuantizedFormat,
  weights: readonly QuantizedWeight[],
  { entries }: MatchedWeights,
): Promise<void> {
  await using quantizer = new WeightQuantizer(backend, format);
  for (const { record, parts } of weights) {
    const buffers = parts.map(({ name, shape, dtype }) =>
      parameters.allocate({
        record: { name, shape, initializer: 'zeros', dtype },
        trained: false,
        dtype,
      }),
    );
    await quantizer.quantize(entries.get(record.name)!, buffers);
  }
}

function placement(
  precision: Precision,
  trained: boolean,
  record: ParameterRecord,
  stored: DType,
): ParameterPlacement {
  return {
    record,
    trained,
    dtype: record.dtype ?? heldDType(precision, trained, stored, record.shape.length),
  };
}
