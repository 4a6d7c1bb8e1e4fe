// A sequence that a hand-written model continues: the prompt goes through it in chunks, then one
// token at a time; keys and values stay in caches.
import type { CachedDecoding } from '@automodel/contracts';
import type { ModelSession } from '@automodel/session';
import { decodeProgram } from './decode-program.js';
import { DECODE, drawnId, writeSampling, type Sampling } from './drawn-id.js';
import { cacheRows, resizeCaches } from './key-value-cache.js';

const PREFILL_TOKENS = 128;

/** Tokens of a prompt that go through the model at once, with caches of `rows` rows. */
export const prefillTokens = (rows: number): number => Math.min(PREFILL_TOKENS, rows);

/** One growing sequence and its caches. */
export class CachedSequence {
  readonly maxPositions: number;
  readonly #session: ModelSession;
  readonly #decode: CachedDecoding;
  readonly #sampling: Sampling;
  /** All ids so far, for RoPE whose frequencies change with the length. */
  #ids = new Int32Array();
  #rows = 0;
  #length = 0;
  #draws = 0;

  /**
   * `maxPositions`: default those the model was made for; no limit for RoPE that grows with the
   * document.
   */
  constructor(
    session: ModelSession,
    decode: CachedDecoding,
    sampling: Sampling,
    maxPositions?: number,
  ) {
    this.#session = session;
    this.#decode = decode;
    this.#sampling = sampling;
    this.maxPositions =
      maxPositions ?? (decode.turnsWithLength ? Infinity : session.model.maxPositions);
  }

  /** Positions in the caches. */
  get length(): number {
    return this.#length;
  }

  /** Appends `ids` and draws the id that follows. */
  async extend(added: Int32Array, signal: AbortSignal | undefined): Promise<number> {
    const total = this.#length + added.length;
    await this.#grow(total);
    const ids = this.#idsToRun(added, total);
    const width = ids.length === 1 ? 1 : prefillTokens(this.#rows);
    let next = -1;
    for (let start = 0; start < ids.length; start += width)
      next = await this.#step(ids.subarray(start, start + width), width, total, signal);
    this.#draws++;
    return next;
  }

  /**
   * The ids to run: the new ones, or all of them where dynamic RoPE rotates every earlier key again
   * for the new length.
   */
  #idsToRun(added: Int32Array, total: number): Int32Array {
    if (!this.#decode.turnsWithLength) return added;
    const ids = new Int32Array(total);
    ids.set(this.#ids);
    ids.set(added, this.#length);
    this.#ids = ids;
    if (total <= this.#session.model.maxPositions) return added;
    this.#length = 0;
    return ids;
  }

  async #grow(positions: number): Promise<void> {
    if (positions <= this.#rows) return;
    const rows = cacheRows(positions, this.maxPositions);
    await resizeCaches(this.#session, this.#decode, rows, this.#length);
    this.#rows = rows;
  }

  async #step(
    ids: Int32Array,
    width: number,
    total: number,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const session = this.#session;
    const program = await session.program(`decode ${width} ${this.#rows}`, () =>
      decodeProgram(session.settings, this.#decode, width, this.#rows),
    );
    const [start, end] = [this.#length, this.#length + ids.length];
    program.write('input_ids', padded(ids, width, 0));
    program.write(
      'positions',
      padded(
        Int32Array.from(ids, (_, i) => start + i),
        width,
        0,
      ),
    );
    program.write('document_lengths', new Int32Array(width).fill(total));
    program.write('segments', Int32Array.of(0, ids.length, 0, end));
    program.write(
      DECODE.cachePositions,
      padded(
        Int32Array.from(ids, (_, i) => start + i),
        width,
        -1,
      ),
    );
    program.write(DECODE.last, Int32Array.of(ids.length - 1));
    writeSampling(program, this.#sampling, this.#draws);
    await program.run(session.buffer, { signal });
    this.#length = end;
    return drawnId(program, session);
  }
}

function padded(values: Int32Array, width: number, fill: number): Int32Array {
  const result = new Int32Array(width).fill(fill);
  result.set(values);
  return result;
}
