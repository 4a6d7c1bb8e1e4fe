// Whether the process was started so that it outlives its terminal. `nohup` starts a command with
// SIGHUP ignored, but Node sets all signals back when it starts; what is left is the name that a
// shell passes on in `_`.
import { basename } from 'node:path';

/** Whether SIGHUP was to be ignored. */
export const isUnderNohup = (environment: Readonly<Record<string, string | undefined>>): boolean =>
  basename(environment['_'] ?? '') === 'nohup';
