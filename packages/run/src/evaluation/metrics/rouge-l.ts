// ROUGE-L (Lin, 2004): the F-measure over the longest common subsequence of words, the mean over
// all answers. Words are runs of letters, marks and digits in lower case, a Chinese or Japanese
// character is a word of its own, and nothing is stemmed: for ASCII texts the figures of the Python
// package rouge_score without its stemmer.
import { meanOf, type Metric } from './metric.js';

const SINGLE = '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}]';
const WORDS = new RegExp(`${SINGLE}|(?:(?!${SINGLE})[\\p{L}\\p{M}\\p{N}])+`, 'gu');

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(WORDS) ?? [];

/** Length of the longest common subsequence of two lists, in the memory of one row. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  const row = new Uint32Array(b.length + 1);
  for (const word of a) {
    let diagonal = 0;
    for (const [i, other] of b.entries()) {
      const above = row[i + 1]!;
      row[i + 1] = word === other ? diagonal + 1 : Math.max(above, row[i]!);
      diagonal = above;
    }
  }
  return row[b.length]!;
}

/** ROUGE-L of one answer: 0 where either has no words. */
export function rougeLOf(expected: string, answer: string): number {
  const [target, given] = [wordsOf(expected), wordsOf(answer)];
  const common = commonLength(target, given);
  return common === 0 ? 0 : (2 * common) / (target.length + given.length);
}

export const rougeL: Metric = {
  name: 'rouge_l',
  score: (answers) => ({
    value: meanOf(answers, ({ expected, answer }) => rougeLOf(expected, answer)),
  }),
};
