// Words of a text without pre-tokenizer whose spaces are written as SentencePiece's mark: runs that
// begin with the mark are merged alone, unless the vocabulary has a piece with the mark between its
// neighbours. So the ids of words can be remembered, where otherwise every text is new.

const MARK = '\u2581';

/** The words of a text. */
export type WordsOf = (text: string) => readonly string[];

/** `pairs`: the halves of every merge. */
export function markedWords(pairs: Iterable<readonly [string, string]>): WordsOf {
  const crossings = markCrossings(pairs);
  const runs = /\u2581+[^\u2581]*|[^\u2581]+/g;
  if (crossings.size === 0) return (text) => text.match(runs) ?? [];
  return (text) => {
    const words: string[] = [];
    for (const [run] of text.matchAll(runs)) {
      const last = words.at(-1)?.at(-1);
      const crosses =
        last !== undefined && (crossings.has(last + MARK) || crossings.has(last + run.slice(0, 2)));
      if (crosses) words[words.length - 1] += run;
      else words.push(run);
    }
    return words;
  };
}

/**
 * Where pieces that merging can make have the mark after another character: that character, the
 * mark and what follows it in the piece. Merging never reaches over any other mark.
 */
function markCrossings(pairs: Iterable<readonly [string, string]>): ReadonlySet<string> {
  const crossings = new Set<string>();
  for (const [left, right] of pairs) {
    const piece = left + right;
    for (const { 0: found, index } of piece.matchAll(/[^\u2581]\u2581/g))
      crossings.add(piece.slice(index, index + found.length + 1));
  }
  return crossings;
}
