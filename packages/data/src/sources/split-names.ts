// Which split a file belongs to, by its name: the rules of the hub's data set repositories. Words
// count only between separators: `my-train.jsonl` is train, `training.md` too, `constrained.jsonl`
// is not.

const WORDS: Readonly<Record<string, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'dev', 'val'],
  test: ['test', 'testing', 'eval', 'evaluation'],
};

const SHARD = /(?:^|\/)(\w+(?:\.\w+)*)-\d{5}-of-\d{5}[^/]*$/;

/**
 * The name under which a split is known: `dev` and `valid` are `validation`. Other names stand for
 * themselves.
 */
export function canonicalSplit(name: string): string {
  const lower = name.toLowerCase();
  return Object.entries(WORDS).find(([, words]) => words.includes(lower))?.[0] ?? name;
}

/**
 * The split of the file at `path` (relative, `/` between folders): by shard name, else by a word in
 * the file's name, else by a folder's. Undefined where nothing says.
 */
export function splitOf(path: string): string | undefined {
  const shard = SHARD.exec(path)?.[1];
  if (shard !== undefined) return canonicalSplit(shard);
  const parts = path.split('/');
  for (const part of [parts.pop() ?? '', ...parts.reverse()]) {
    const words = part.toLowerCase().split(/[-._ 0-9]+/);
    const split = Object.keys(WORDS).find((name) =>
      WORDS[name]?.some((word) => words.includes(word)),
    );
    if (split !== undefined) return split;
  }
  return undefined;
}
