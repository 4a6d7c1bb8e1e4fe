// Quoting for the commands that are shown to users.
/** A word of a command line that a shell takes as it is. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
