// Which rows of a file a data set section asks for: `split` slices, `limit_dataset_samples` and `shuffle_seed`. Rows are counted in the order of the file.
import { permutation, trainedTokensOf, type Dataset, type RowSource } from '@automodel/data';
import { AutomodelError } from '@automodel/core';
import type { ResolvedDataset } from '../schema/recipe-schema.js';

/** Half-open range of row positions; `from` and `to` as Python slices them. */
interface Slice {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly percent: boolean;
}

const SPLIT = /^[\w-]+(?:\[(-?\d+)?(%)?:(-?\d+)?(%)?\])?$/;

function parseSplit(split: string): Slice {
  const match = SPLIT.exec(split);
  if (match === null) throw new AutomodelError('bad-recipe', `split ${JSON.stringify(split)} is not a name such as train, or a slice such as train[:1000] or train[10%:]`);
  const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
  return { from: number(match[1]), to: number(match[3]), percent: match[2] === '%' || match[4] === '%' };
}

function sliced<T>(rows: readonly T[], { from, to, percent }: Slice): readonly T[] {
  const place = (value: number | undefined): number | undefined => (value === undefined || !percent ? value : Math.trunc((value * rows.length) / 100));
  return rows.slice(place(from), place(to));
}

/** The rows of `dataset` that `section` asks for; labels cover every token where `answer_only_loss_mask` is off. Errors: `bad-data` when none is left. */
export function selectRows(dataset: Dataset, section: Pick<ResolvedDataset, 'split' | 'limit_dataset_samples' | 'shuffle_seed' | 'path_or_dataset_id' | 'answer_only_loss_mask'>): Dataset {
  const { split, limit_dataset_samples: limit, shuffle_seed: seed } = section;
  const { report } = dataset;
  const samples = section.answer_only_loss_mask ? dataset.samples : dataset.samples.map((sample) => ({ ...sample, labels: sample.inputIds }));
  const places = [...samples.map((sample) => sample.source), ...report.dropped].sort((a, b) => a.row - b.row);
  let order: readonly RowSource[] = places;
  if (seed !== null && seed !== undefined) order = Array.from(permutation(places.length, Math.abs(seed), 0), (i) => places[i]!);
  if (split !== undefined) order = sliced(order, parseSplit(split));
  if (limit !== null) order = order.slice(0, limit);
  const kept = new Map(order.map((source, i) => [source.row, i]));
  const has = (source: RowSource): boolean => kept.has(source.row);
  const chosen = samples.filter((sample) => has(sample.source)).sort((a, b) => kept.get(a.source.row)! - kept.get(b.source.row)!);
  if (chosen.length === 0) throw new AutomodelError('bad-data', 'split and limit leave no rows', { location: section.path_or_dataset_id });
  return {
    samples: chosen,
    report: {
      rows: order.length,
      samples: chosen.length,
      tokens: chosen.reduce((sum, sample) => sum + sample.inputIds.length, 0),
      trainedTokens: chosen.reduce((sum, sample) => sum + trainedTokensOf(sample), 0),
      longest: chosen.reduce((most, sample) => Math.max(most, sample.inputIds.length), 0),
      truncated: report.truncated.filter(has),
      dropped: report.dropped.filter(has),
      withoutEndOfTurn: report.withoutEndOfTurn.filter(has),
    },
  };
}
