// A sequence of a model that keeps nothing of earlier tokens: the whole text, padded, goes through
// the model again for each id.
import type { Batch } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { leastCapacity, writeBatch, type ModelSession } from '@automodel/session';
import { DECODE, drawnId, writeSampling, type Sampling } from './drawn-id.js';
import { nextTokenProgram } from './next-token-program.js';

export class WholeSequence {
  /** Maximum tokens of a row. */
  readonly maxPositions: number;
  readonly #session: ModelSession;
  readonly #sampling: Sampling;
  readonly #ids: Int32Array;
  #length = 0;
  #draws = 0;

  constructor(session: ModelSession, sampling: Sampling, maxPositions = Infinity) {
    this.#session = session;
    this.#sampling = sampling;
    this.maxPositions = Math.min(maxPositions, session.model.maxPositions);
    this.#ids = new Int32Array(this.maxPositions);
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Appends `added` and draws the id that follows. Errors: `bad-argument` for a text longer than a
   * row.
   */
  async extend(added: Int32Array, signal: AbortSignal | undefined): Promise<number> {
    const { model, settings, buffer } = this.#session;
    const end = this.#length + added.length;
    if (end > this.maxPositions)
      throw new AutomodelError(
        'bad-argument',
        `the text has ${end} tokens, longer than recorded: a row of the graph has ` +
          `${this.maxPositions}`,
        {
          location: model.batch.rectangle?.source,
          hint: 'shorten the prompt, or record the model for longer rows',
        },
      );
    this.#ids.set(added, this.#length);
    this.#length = end;
    const program = await this.#session.program('decode whole', () => nextTokenProgram(settings));
    writeBatch(program, model.batch.columns, this.#batch());
    program.write(DECODE.last, Int32Array.of(end - 1));
    writeSampling(program, this.#sampling, this.#draws++);
    await program.run(buffer, { signal });
    return drawnId(program, this.#session);
  }

  #batch(): Batch {
    const { model } = this.#session;
    const inputIds = this.#ids.subarray(0, this.#length);
    return {
      documents: [{ start: 0, inputIds, labels: new Int32Array(this.#length).fill(-100) }],
      capacity: leastCapacity(model),
      padTokenId: model.batch.rectangle?.padTokenId ?? 0,
    };
  }
}
