// Which split of a data set a name means, by its words: the rules of the hub's data set
// repositories. Words count only between separators: `my-train` is train, `training` too,
// `constrained` is not.

const WORDS: Readonly<Record<string, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'dev', 'val'],
  test: ['test', 'testing', 'eval', 'evaluation'],
};

/** `train`, `validation` or `test`: which of them `name` holds a word of; undefined: none. */
export function splitNamed(name: string): string | undefined {
  const words = name.toLowerCase().split(/[-._ 0-9]+/);
  return Object.entries(WORDS).find(([, known]) => known.some((word) => words.includes(word)))?.[0];
}

/** The name under which a split is known: `dev` is `validation`. Others stand for themselves. */
export function canonicalSplit(name: string): string {
  const lower = name.toLowerCase();
  return Object.entries(WORDS).find(([, words]) => words.includes(lower))?.[0] ?? name;
}
