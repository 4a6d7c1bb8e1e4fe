// Exit codes of the command line, and what they mean.

export const EXIT = {
  done: 0,
  failedCheck: 1,
  usersMistake: 2,
  bug: 3,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

/** What the codes mean, for `--help` and the README. */
export const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'done'],
  ['1', 'a check failed (check, doctor, verify), or a chat was refused (template)'],
  ['2', 'you can fix it: wrong option, recipe or file; disk full; permission denied'],
  ['3', 'a bug in this program'],
  ['129, 130, 143', 'ended by SIGHUP (the terminal was closed), by Ctrl-C, by SIGTERM'],
];
