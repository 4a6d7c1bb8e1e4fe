// The words of a command without the option that says how many processes to start.

const OPTION = '--nproc-per-node';

export const wordsOfRank = (words: readonly string[]): readonly string[] =>
  words.filter(
    (word, i) => word !== OPTION && !word.startsWith(`${OPTION}=`) && words[i - 1] !== OPTION,
  );
