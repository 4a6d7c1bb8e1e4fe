// An error of the file system as an AutomodelError that names the place and keeps the system's
// message.
import { AutomodelError } from '@automodel/core';

/** `io` at `path` for an error of a system call; any other error as it is. */
export function diskError(cause: unknown, path: string): unknown {
  if (
    cause instanceof AutomodelError ||
    typeof (cause as NodeJS.ErrnoException | undefined)?.syscall !== 'string'
  )
    return cause;
  return new AutomodelError('io', `cannot be written: ${(cause as Error).message}`, {
    location: path,
    cause,
  });
}
