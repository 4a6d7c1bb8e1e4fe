// How well a label follows from a text: naive Bayes over words (multinomial, add-one smoothing),
// each row predicted from all others. Nothing is random.
import { wordsOf } from './column-profile.js';

/** Characters of a text whose words count. */
const LOOKED_AT = 2000;

/** Word and row counts of one label. */
interface LabelCounts {
  readonly words: Map<string, number>;
  total: number;
  rows: number;
}

function countLabels(
  words: readonly (readonly string[])[],
  labels: readonly string[],
): ReadonlyMap<string, LabelCounts> {
  const counts = new Map<string, LabelCounts>();
  for (const [row, label] of labels.entries()) {
    const of = counts.get(label) ?? { words: new Map<string, number>(), total: 0, rows: 0 };
    counts.set(label, of);
    of.rows += 1;
    for (const word of words[row] ?? []) {
      of.words.set(word, (of.words.get(word) ?? 0) + 1);
      of.total += 1;
    }
  }
  return counts;
}

/** The likeliest label of a row, whose own words and label (`own`) are not counted. */
function predicted(
  counts: ReadonlyMap<string, LabelCounts>,
  words: readonly string[],
  own: string,
  vocabulary: number,
): string | undefined {
  const inRow = new Map<string, number>();
  for (const word of words) inRow.set(word, (inRow.get(word) ?? 0) + 1);
  let [best, highest]: [string | undefined, number] = [undefined, -Infinity];
  for (const [label, of] of counts) {
    const isOwn = label === own;
    const total = of.total - (isOwn ? words.length : 0) + vocabulary;
    let score = Math.log(of.rows - (isOwn ? 1 : 0) + 1);
    for (const [word, times] of inRow) {
      const seen = (of.words.get(word) ?? 0) - (isOwn ? times : 0);
      score += times * Math.log((seen + 1) / total);
    }
    if (score > highest) [best, highest] = [label, score];
  }
  return best;
}

/**
 * By how much the labels predicted from `texts` are right more often than the most common label, as
 * a share of the rows.
 */
export function labelLift(texts: readonly string[], labels: readonly string[]): number {
  const words = texts.map((text) => wordsOf(text.slice(0, LOOKED_AT)));
  const counts = countLabels(words, labels);
  const vocabulary = new Set(words.flat()).size;
  const right = labels.filter(
    (label, row) => predicted(counts, words[row] ?? [], label, vocabulary) === label,
  );
  const common = Math.max(...[...counts.values()].map(({ rows }) => rows));
  return (right.length - common) / labels.length;
}
