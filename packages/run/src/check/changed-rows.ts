// What loading did to rows that are longer than seq_length or train nothing: how many were cut,
// split or dropped, as sentences for `check`.
import type { DatasetReport } from '@automodel/data';
import type { ResolvedDataset } from '@automodel/recipe';

/** One sentence and what to do about it. */
export interface ChangedRows {
  readonly what: string;
  readonly hint: string;
}

const RAISE = 'raise dataset.seq_length, or leave it if you can do without the rest';

/** `report` of the data set that `section` describes; nothing where every row was kept whole. */
export function changedRows(
  { truncated, split, dropped }: DatasetReport,
  section: ResolvedDataset,
): readonly ChangedRows[] {
  const longer = `longer than ${limitOf(section)}`;
  const drops = setsOf(section).some(({ overlong }) => overlong === 'drop');
  const sentences = [
    [truncated.count, (rows: string) => `${rows} ${longer} and cut off there`, RAISE],
    [split.count, (rows: string) => `${rows} ${longer} and split`, RAISE],
    [
      dropped.count,
      (rows: string) =>
        `${rows} dropped: ${drops ? `${longer}, or ` : ''}without anything to train`,
      drops ? RAISE : 'look at these rows: their answer may be empty',
    ],
  ] as const;
  return sentences.flatMap(([count, sentence, hint]) =>
    count === 0 ? [] : [{ what: sentence(rowsWere(count)), hint }],
  );
}

const setsOf = (
  section: ResolvedDataset,
): readonly Pick<ResolvedDataset, 'seq_length' | 'overlong'>[] =>
  section.type === 'mixed' ? section.datasets : [section];

/** `seq_length (256)`; without the number where the sets of a mixture have several. */
function limitOf(section: ResolvedDataset): string {
  const limits = new Set(setsOf(section).map(({ seq_length: limit }) => limit));
  const [limit] = limits;
  return limits.size > 1 || limit === null ? 'seq_length' : `seq_length (${limit})`;
}

const rowsWere = (count: number): string =>
  count === 1 ? '1 row was' : `${count.toLocaleString('en')} rows were`;
