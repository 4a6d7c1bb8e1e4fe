// A word of a command line as a POSIX shell takes it.

/** Quoted only where it must be. */
export const shellWord = (word: string): string => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
