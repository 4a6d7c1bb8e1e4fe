// How rows or packs are put into steps: by how long they are and how many there are.
import type { RecipeChoice, TextChoice } from './recipe-choice.js';

const TOKENS_AT_ONCE = 2048;
const MAX_ROWS_AT_ONCE = 16;
/** Steps of an epoch that a choice leaves at least, where there are enough rows. */
const STEPS = 8;
const ROUND_TO = 128;
/** Packs of an epoch that a choice leaves at least, where there is enough text. */
const PACKS = 64;
const SHORTEST_PACK = 128;

/** What is known of the rows. */
export interface RowSizes {
  /** Rows that were read. */
  readonly count: number;
  /** Whether there are no more rows. */
  readonly isAll: boolean;
  /** Tokens of the rows that were read. */
  readonly tokens: number;
  /** Tokens of the longest of them. */
  readonly longest: number;
}

/** How long rows may become, and what a plan reckons with. */
export type BatchChoice = Pick<
  RecipeChoice,
  'globalBatchSize' | 'localBatchSize' | 'seqLength' | 'text'
> & {
  /** Tokens of a row or pack to plan for. */
  readonly rowLength: number;
};

const largestPower = (maximum: number): number => 2 ** Math.floor(Math.log2(Math.max(1, maximum)));

/** The sizes for rows with questions and answers. */
export function rowBatches(rows: RowSizes, maxPositions: number): BatchChoice {
  const seqLength = lengthLimit(rows, maxPositions);
  const rowLength = seqLength ?? rows.longest;
  const localBatchSize = Math.min(
    MAX_ROWS_AT_ONCE,
    largestPower(TOKENS_AT_ONCE / rowLength),
    largestPower(rows.count),
  );
  const wanted = Math.min(MAX_ROWS_AT_ONCE, largestPower(rows.count / STEPS));
  return {
    globalBatchSize: Math.max(localBatchSize, wanted),
    localBatchSize,
    seqLength,
    rowLength,
    text: undefined,
  };
}

/** The sizes for plain text, which is packed. */
export function textBatches(
  { tokens, isAll }: RowSizes,
  maxPositions: number,
  sampleBy: TextChoice['sampleBy'],
): BatchChoice {
  const fitting = isAll ? Math.max(SHORTEST_PACK, tokens / PACKS) : Infinity;
  const packLength = Math.min(maxPositions, largestPower(Math.min(TOKENS_AT_ONCE, fitting)));
  const packs = isAll ? tokens / packLength : Infinity;
  return {
    globalBatchSize: Math.min(MAX_ROWS_AT_ONCE, largestPower(packs / STEPS)),
    localBatchSize: 1,
    seqLength: undefined,
    rowLength: packLength,
    text: { sampleBy, packLength },
  };
}

function lengthLimit({ longest, isAll }: RowSizes, maxPositions: number): number | undefined {
  if (longest >= maxPositions) return maxPositions;
  if (isAll) return undefined;
  // rows that were not read may be longer
  return Math.min(maxPositions, Math.ceil((longest * 1.5) / ROUND_TO) * ROUND_TO);
}
