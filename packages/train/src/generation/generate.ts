// Generation with a key/value cache: the prompt goes through the model in chunks, then one token at a time; sampling happens in the program and only ids come back.
// Greedy when the temperature is 0. Calls on one session queue and each starts with an empty cache.
import { AutomodelError } from '@automodel/core';
import { BATCH } from '../programs/batch-inputs.js';
import type { ModelSession } from '../session/model-session.js';
import { checkTokenIds } from '../session/packed-batch.js';
import type { Program } from '../session/program.js';
import { DECODE, decodeProgram } from './decode-program.js';
import { cacheRows, resizeCaches } from './key-value-cache.js';

export interface GenerateOptions {
  /** New tokens at most. Default 256. */
  readonly maxNewTokens?: number | undefined;
  /** Positions at most, prompt included. Default: those the model was made for; no limit for RoPE that grows with the document (`dynamic`). */
  readonly maxPositions?: number | undefined;
  /** 0, the default: the largest logit. */
  readonly temperature?: number | undefined;
  /** Draw among the most likely tokens whose probabilities reach this; default 1: all. */
  readonly topP?: number | undefined;
  /** Draw among this many most likely tokens; default 0: all. */
  readonly topK?: number | undefined;
  readonly seed?: number | undefined;
  /** Ids that end the text; the id itself is given out, then nothing more. */
  readonly stopIds?: readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Sampling settings after checking. */
interface Sampling {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly seed: number;
}

const PREFILL_TOKENS = 128;

/**
 * The ids that follow `promptIds`, as they are drawn. Errors: `bad-argument` for an empty or too long prompt and settings out of range; `bad-data` for ids outside the vocabulary; `aborted`.
 */
export async function* generate(session: ModelSession, promptIds: ArrayLike<number>, options: GenerateOptions = {}): AsyncGenerator<number, void, undefined> {
  const { maxNewTokens = 256, stopIds = [], signal } = options;
  const sampling = checkSampling(options);
  const prompt = Int32Array.from(promptIds);
  if (prompt.length === 0) throw new AutomodelError('bad-argument', 'generation needs a prompt of at least one token');
  checkTokenIds(session.model, prompt);
  if (!Number.isInteger(maxNewTokens) || maxNewTokens < 0) throw new AutomodelError('bad-argument', `maxNewTokens ${maxNewTokens} is not a whole number of at least 0`);
  if (maxNewTokens === 0) return;
  const maxPositions = options.maxPositions ?? (session.model.needsDocumentLengths ? Infinity : session.model.maxPositions);
  const sequence = new Sequence(session, sampling, maxPositions);
  const release = await hold(session);
  try {
    let next = await sequence.extend(prompt, signal);
    for (let count = 1; ; count++) {
      yield next;
      if (count >= maxNewTokens || stopIds.includes(next) || sequence.length >= maxPositions) return;
      next = await sequence.extend(Int32Array.of(next), signal);
    }
  } finally {
    release();
  }
}

function checkSampling({ temperature = 0, topP = 1, topK = 0, seed = 0 }: GenerateOptions): Sampling {
  const refuse = (name: string, value: number, range: string): never => {
    throw new AutomodelError('bad-argument', `${name} ${value} is not ${range}`);
  };
  if (!(temperature >= 0 && temperature < Infinity)) refuse('temperature', temperature, 'a number of at least 0');
  if (!(topP > 0 && topP <= 1)) refuse('top_p', topP, 'above 0 and at most 1');
  if (!Number.isInteger(topK) || topK < 0) refuse('top_k', topK, 'a whole number of at least 0');
  if (!Number.isSafeInteger(seed)) refuse('seed', seed, 'a whole number');
  return { temperature, topP, topK, seed };
}

/** Holds the session's queue until the returned function is called: the caches belong to one sequence at a time. */
function hold(session: ModelSession): Promise<() => void> {
  return new Promise((resolve, reject) => {
    session.exclusive(() => new Promise<void>((release) => resolve(release))).catch(reject);
  });
}

/** One growing sequence and its caches. */
class Sequence {
  readonly #session: ModelSession;
  readonly #sampling: Sampling;
  readonly #maxPositions: number;
  /** All ids so far, for RoPE whose frequencies change with the length. */
  #ids = new Int32Array();
  #rows = 0;
  #length = 0;
  #draws = 0;

  constructor(session: ModelSession, sampling: Sampling, maxPositions: number) {
    this.#session = session;
    this.#sampling = sampling;
    this.#maxPositions = maxPositions;
  }

  /** Positions in the caches. */
  get length(): number {
    return this.#length;
  }

  /** Appends `ids` and draws the id that follows. */
  async extend(added: Int32Array, signal: AbortSignal | undefined): Promise<number> {
    const total = this.#length + added.length;
    this.#grow(total);
    const ids = this.#idsToRun(added, total);
    const width = ids.length === 1 ? 1 : Math.min(PREFILL_TOKENS, this.#rows);
    let next = -1;
    for (let start = 0; start < ids.length; start += width) next = await this.#step(ids.subarray(start, start + width), width, total, signal);
    this.#draws++;
    return next;
  }

  /** The new ids; all of them anew where dynamic RoPE turns every earlier key at the new length. */
  #idsToRun(added: Int32Array, total: number): Int32Array {
    const { needsDocumentLengths, maxPositions } = this.#session.model;
    if (!needsDocumentLengths) return added;
    const ids = new Int32Array(total);
    ids.set(this.#ids);
    ids.set(added, this.#length);
    this.#ids = ids;
    if (total <= maxPositions) return added;
    this.#length = 0;
    return ids;
  }

  #grow(positions: number): void {
    if (positions <= this.#rows) return;
    const rows = cacheRows(positions, this.#maxPositions);
    resizeCaches(this.#session, rows, this.#length);
    this.#rows = rows;
  }

  async #step(ids: Int32Array, width: number, total: number, signal: AbortSignal | undefined): Promise<number> {
    const session = this.#session;
    const program = session.program(`decode ${width} ${this.#rows}`, () => decodeProgram(session.settings, width, this.#rows));
    const [start, end] = [this.#length, this.#length + ids.length];
    program.write(BATCH.inputIds, padded(ids, width, 0));
    program.write(BATCH.positions, padded(Int32Array.from(ids, (_, i) => start + i), width, 0));
    program.write(BATCH.documentLengths, new Int32Array(width).fill(total));
    program.write(BATCH.segments, Int32Array.of(0, ids.length, 0, end));
    program.write(DECODE.cachePositions, padded(Int32Array.from(ids, (_, i) => start + i), width, -1));
    program.write(DECODE.last, Int32Array.of(ids.length - 1));
    this.#writeSampling(program);
    await program.run(session.buffer, { signal });
    this.#length = end;
    return program.read(DECODE.next, new Int32Array(1))[0]!;
  }

  #writeSampling(program: Program): void {
    const { temperature, topP, topK, seed } = this.#sampling;
    program.write(DECODE.temperature, Float32Array.of(temperature));
    program.write(DECODE.topP, Float32Array.of(topP));
    program.write(DECODE.topK, Int32Array.of(topK));
    program.write(DECODE.seed, BigInt64Array.of(BigInt(seed)));
    program.write(DECODE.step, BigInt64Array.of(BigInt(this.#draws)));
  }
}

function padded(values: Int32Array, width: number, fill: number): Int32Array {
  const result = new Int32Array(width).fill(fill);
  result.set(values);
  return result;
}
