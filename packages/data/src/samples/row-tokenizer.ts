// Turns rows into samples: parses, tokenises and fits each, and counts what happened to it. The
// same in every thread.
import { AutomodelError } from '@automodel/core';
import type { AttemptedRow } from '../sources/data-source.js';
import { locationOf, type RowSource } from '../sources/row-source.js';
import { checkColumns, cutColumns } from './sample-columns.js';
import { trainedTokensOf, type ListedSample } from './sample.js';
import { parseRow, type FormatOptions } from './parse-row.js';
import { tokenizeRow, type TokenizeOptions } from './tokenize-row.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import type { JsonObject } from '../json/json-object.js';
import type { SampleArrays } from './sample-arrays.js';
import { SampleCollector } from './sample-collector.js';
import { eachTally, Tally, type TallyName } from './row-tallies.js';
import { isMistake, unread, WrongRows, type OnWrongRow } from './wrong-rows.js';

/**
 * What happens to a row that is longer than `maxLength`: an error, its first tokens, several
 * samples, nothing.
 */
export type Overlong = 'error' | 'truncate' | 'split' | 'drop';

/** How rows become samples. Structured-clonable. */
export interface RowOptions extends TokenizeOptions, FormatOptions {
  /** Longest sample in tokens. Default: no limit. */
  readonly maxLength?: number | undefined;
  /** Default `error`. */
  readonly overlong?: Overlong | undefined;
  /** Train every token instead of the answers only. Default false. */
  readonly trainAll?: boolean | undefined;
  /** Ids the model knows; a row with another is an error. Default: any. */
  readonly vocabularySize?: number | undefined;
}

/** Tokenises rows one by one. */
export class RowTokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #options: RowOptions;
  readonly #checksIds: boolean;
  #collector = new SampleCollector();
  #rowCount = 0;
  #tallies = newTallies();
  /** Undefined: the first wrong row is thrown. */
  #wrong: WrongRows | undefined;

  constructor(tokenizer: Tokenizer, options: RowOptions, onWrongRow: OnWrongRow = 'throw') {
    this.#wrong = onWrongRow === 'collect' ? new WrongRows() : undefined;
    this.#tokenizer = tokenizer;
    this.#options = options;
    this.#checksIds =
      options.vocabularySize !== undefined && tokenizer.vocabSize > options.vocabularySize;
  }

  /** Tokens collected since the last `take`. */
  get tokens(): number {
    return this.#collector.tokens;
  }

  /**
   * Adds a row; `ordinal` is its number among the rows of its part. Errors: `bad-data` naming the
   * row, unless wrong rows are collected.
   */
  add(row: AttemptedRow, ordinal: number): void {
    this.#rowCount++;
    if (this.#wrong === undefined) {
      if ('refused' in row) throw row.refused;
      return this.#tokenize(row.value, row.source, ordinal);
    }
    if ('refused' in row)
      return this.#wrong.add(row.endsFile === true ? unread(row.refused) : row.refused);
    try {
      this.#tokenize(row.value, row.source, ordinal);
    } catch (error) {
      // A template that was stopped would take as long for each of the other rows.
      if (!isMistake(error) || error.code === 'bad-file') throw error;
      this.#wrong.add(error);
    }
  }

  #tokenize(value: JsonObject, source: RowSource, ordinal: number): void {
    const {
      sample: masked,
      endOfTurnTrained,
      mayBeUntrained,
      remarks,
    } = tokenizeRow(this.#tokenizer, parseRow(value, source, this.#options), this.#options);
    const whole = this.#options.trainAll === true ? { ...masked, labels: masked.inputIds } : masked;
    if (this.#checksIds) this.#checkIds(whole);
    for (const remark of remarks ?? []) this.#tallies[remark].add(source.row);
    if (whole.columns !== undefined) checkColumns(whole);
    if (mayBeUntrained === true && trainedTokensOf(whole) === 0)
      return this.#tallies.dropped.add(source.row, whole.inputIds.length);
    const { maxLength } = this.#options;
    if (maxLength === undefined || whole.inputIds.length <= maxLength) {
      if (!endOfTurnTrained) this.#tallies.withoutEndOfTurn.add(source.row, 0);
      return this.#keep(whole, ordinal, whole);
    }
    this.#fit(whole, maxLength, ordinal);
  }

  /** The samples of the rows that were added since the last call. */
  take(): SampleArrays {
    const samples = this.#collector.finish({
      rowCount: this.#rowCount,
      ...eachTally((name) => this.#tallies[name].total()),
      wrong: this.#wrong?.kinds(),
    });
    if (this.#wrong !== undefined) this.#wrong = new WrongRows();
    this.#collector = new SampleCollector();
    this.#rowCount = 0;
    this.#tallies = newTallies();
    return samples;
  }

  #fit(whole: ListedSample, maxLength: number, ordinal: number): void {
    const {
      source,
      inputIds: { length },
    } = whole;
    const piece = (start: number): ListedSample => ({
      inputIds: whole.inputIds.slice(start, start + maxLength),
      labels: whole.labels.slice(start, start + maxLength),
      ...cutColumns(whole, start, start + maxLength),
      source,
    });
    switch (this.#options.overlong ?? 'error') {
      case 'drop':
        return this.#tallies.dropped.add(source.row, length);
      case 'truncate':
        this.#tallies.truncated.add(source.row, length - maxLength);
        this.#tallies.withoutEndOfTurn.add(source.row, 0);
        return this.#keep(piece(0), ordinal, whole);
      case 'split': {
        const pieces = Array.from({ length: Math.ceil(length / maxLength) }, (_, i) =>
          piece(i * maxLength),
        );
        const kept = pieces.filter((each) => trainedTokensOf(each) > 0);
        if (kept.length === 0) throw untrained(whole, whole);
        this.#tallies.split.add(
          source.row,
          length - kept.reduce((sum, { inputIds }) => sum + inputIds.length, 0),
        );
        for (const each of kept) this.#keep(each, ordinal, whole);
        return;
      }
      case 'error':
        throw new AutomodelError(
          'bad-data',
          `this row has ${length} tokens, more than the ${maxLength} allowed`,
          {
            location: locationOf(source),
            hint: 'raise the maximum length, or truncate, split or drop long rows',
          },
        );
    }
  }

  #keep(sample: ListedSample, ordinal: number, whole: ListedSample): void {
    const trained = trainedTokensOf(sample);
    if (trained === 0) throw untrained(sample, whole);
    this.#collector.add(sample, trained, ordinal);
  }

  #checkIds({ inputIds, source }: ListedSample): void {
    const limit = this.#options.vocabularySize!;
    const id = inputIds.find((value) => value >= limit);
    if (id === undefined) return;
    throw new AutomodelError(
      'bad-data',
      `token ${JSON.stringify(this.#tokenizer.idToToken(id))} has id ${id}, the model knows ` +
        `${limit} ids`,
      { location: locationOf(source), hint: 'use the tokenizer that belongs to the model' },
    );
  }
}

function untrained(sample: ListedSample, whole: ListedSample): AutomodelError {
  return new AutomodelError(
    'bad-data',
    'this row has no tokens to ' +
      `train${sample === whole ? '' : ` within its first ${sample.inputIds.length} tokens`}`,
    {
      location: locationOf(sample.source),
      hint:
        sample === whole
          ? 'remove the row, or check the columns and the chat template'
          : 'raise the maximum length, or split or drop long rows instead of truncating them',
    },
  );
}

const newTallies = (): Record<TallyName, Tally> => eachTally(() => new Tally());
