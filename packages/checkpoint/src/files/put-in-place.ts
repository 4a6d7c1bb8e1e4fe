// A file that comes into being beside its place and is put there once it is complete: what stood
// there before is lost at no earlier time, and nothing half-written remains.
import { rename, rm } from 'node:fs/promises';
import { diskError } from './disk-error.js';
import { removeDeadStages, stagedPath } from './staged-path.js';
import { unfinished } from './unfinished.js';

/** What `write` gives; it is told where to write. Errors: its own, and those of the disk. */
export async function putInPlace<T>(
  path: string,
  write: (beside: string) => Promise<T>,
): Promise<T> {
  await removeDeadStages(path);
  const beside = stagedPath(path);
  const { done } = unfinished(beside);
  try {
    const result = await write(beside);
    await rename(beside, path);
    return result;
  } catch (error) {
    await rm(beside, { force: true });
    throw diskError(error, path);
  } finally {
    done();
  }
}
