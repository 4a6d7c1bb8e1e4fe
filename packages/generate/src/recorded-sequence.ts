// A sequence that a recorded graph continues: the whole text, padded, goes through the graph again
// for each id.
import type { RecordedLanguageModel } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { BATCH, type ModelSession } from '@automodel/session';
import { DECODE, writeSampling, type Sampling } from './drawn-id.js';
import { nextTokenProgram } from './next-token-program.js';

export class RecordedSequence {
  /** At most the tokens of a recorded row. */
  readonly maxPositions: number;
  readonly #session: ModelSession;
  readonly #model: RecordedLanguageModel;
  readonly #sampling: Sampling;
  readonly #inputIds: Int32Array;
  readonly #mask: Int32Array;
  #length = 0;
  #draws = 0;

  constructor(
    session: ModelSession,
    model: RecordedLanguageModel,
    sampling: Sampling,
    maxPositions = Infinity,
  ) {
    this.#session = session;
    this.#model = model;
    this.#sampling = sampling;
    this.maxPositions = Math.min(maxPositions, model.columns);
    this.#inputIds = new Int32Array(model.rows * model.columns).fill(model.padTokenId);
    this.#mask = new Int32Array(model.rows * model.columns);
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Appends `added` and draws the id that follows. Errors: `bad-argument` for a text longer than a
   * recorded row.
   */
  async extend(added: Int32Array, signal: AbortSignal | undefined): Promise<number> {
    const end = this.#length + added.length;
    if (end > this.maxPositions)
      throw new AutomodelError(
        'bad-argument',
        `the text has ${end} tokens, longer than recorded: a row of the graph has ` +
          `${this.maxPositions}`,
        {
          location: this.#model.source,
          hint: 'Shorten the prompt, or record the model for longer rows.',
        },
      );
    this.#inputIds.set(added, this.#length);
    this.#mask.fill(1, 0, end);
    this.#length = end;
    const program = await this.#session.program('decode recorded', () =>
      nextTokenProgram({ ...this.#session.settings, model: this.#model }),
    );
    program.write(BATCH.inputIds, this.#inputIds);
    program.write(BATCH.attentionMask, this.#mask);
    program.write(DECODE.last, Int32Array.of(end - 1));
    writeSampling(program, this.#sampling, this.#draws++);
    await program.run(this.#session.buffer, { signal });
    return (await program.read(DECODE.next, new Int32Array(1)))[0]!;
  }
}
