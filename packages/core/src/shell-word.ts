// Quoting for the commands that are written into scripts and shown to users.
/** A word of a command line as a POSIX shell takes it: quoted only where it must be. */
export const shellWord = (word: string): string =>
  /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
