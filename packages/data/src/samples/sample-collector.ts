// Collects samples, one by one, into flat arrays.
import { AutomodelError } from '@automodel/core';
import { locationOf } from '../sources/row-source.js';
import { ColumnCollector } from './column-arrays.js';
import { GrowingArray } from './growing-array.js';
import { TOKENS, TRAINED, type SampleArrays } from './sample-arrays.js';
import type { Sample, SampleIds } from './sample.js';
import type { TallyName } from './row-tallies.js';

export class SampleCollector {
  readonly #ids = new GrowingArray(Int32Array);
  readonly #lengths = new GrowingArray(Int32Array);
  readonly #columns = new Map<string, ColumnCollector>();
  readonly #trained = new GrowingArray(Int32Array);
  readonly #rows = new GrowingArray(Int32Array);
  readonly #ordinals = new GrowingArray(Int32Array);

  /** Tokens so far. */
  get tokens(): number {
    return this.#ids.length;
  }

  /** Errors: `bad-data` for a column that is of another type than in samples before. */
  add(
    { inputIds, labels, columns, source }: Sample<SampleIds>,
    trained: number,
    ordinal: number,
  ): void {
    const ids = this.#ids.room(inputIds.length);
    for (let i = 0; i < inputIds.length; i++) {
      const id = inputIds[i]!;
      if (labels[i] === id) ids[i] = id | TRAINED;
      else if (labels[i] === -100) ids[i] = id;
      else
        throw new AutomodelError('internal', `a label of token ${i} is neither its id nor -100`, {
          location: locationOf(source),
        });
    }
    if (columns !== undefined) this.#addColumns(columns, source);
    this.#lengths.room(1)[0] = inputIds.length;
    this.#trained.room(1)[0] = trained;
    this.#rows.room(1)[0] = source.row;
    this.#ordinals.room(1)[0] = ordinal;
  }

  finish(rest: Pick<SampleArrays, 'rowCount' | 'wrong' | TallyName>): SampleArrays {
    const samples = this.#rows.length;
    return {
      tokens: { ...TOKENS, values: this.#ids.taken(), counts: this.#lengths.taken() },
      columns: [...this.#columns.values()].map((column) => column.taken(samples)),
      trained: this.#trained.taken(),
      rows: this.#rows.taken(),
      ordinals: this.#ordinals.taken(),
      ...rest,
    };
  }

  #addColumns(columns: NonNullable<Sample['columns']>, source: Sample['source']): void {
    for (const [column, own] of Object.entries(columns)) {
      let collector = this.#columns.get(column);
      if (collector === undefined)
        this.#columns.set(column, (collector = new ColumnCollector({ column, ...own })));
      collector.add(own, this.#rows.length, source);
    }
  }
}
