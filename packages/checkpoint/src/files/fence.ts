// The one way in which files are put in place, removed and appended to in a run's folder. Just
// before each of these the fence is asked whether the folder is still this run's; a writer that was
// frozen, and whose folder another run has taken over since, changes nothing any more. What is put
// in place is written beside it first, under a name that the next owner removes: a rename that was
// already allowed then fails.
import { randomBytes } from 'node:crypto';
import { copyFile, open, rename, rm, truncate, writeFile, type FileHandle } from 'node:fs/promises';

/** Settles if the folder is still this run's. Errors: `conflict` if it is not. */
export type Fence = () => Promise<void>;

/** A name beside `path` for what is being written; `isLeftover` knows it. */
export const besideName = (path: string): string => `${path}.new-${randomBytes(4).toString('hex')}`;

/** Puts the file, folder or link `from` at `to`. Errors: those of `fence` and of the disk. */
export async function fencedRename(fence: Fence, from: string, to: string): Promise<void> {
  await fence();
  await rename(from, to).catch(async (cause: unknown) => {
    await fence(); // the next owner has removed what was to be put in place
    throw cause;
  });
}

/** Removes a file or a folder, if it is there. Errors: those of `fence` and of the disk. */
export async function fencedRemove(fence: Fence, path: string): Promise<void> {
  await fence();
  await rm(path, { recursive: true, force: true });
}

/** Writes a whole file in one step. Errors: those of `fence` and of the disk. */
export async function fencedWrite(fence: Fence, path: string, text: string): Promise<void> {
  const beside = besideName(path);
  try {
    await writeFile(beside, text);
    await fencedRename(fence, beside, path);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw cause;
  }
}

/**
 * A file that lines are appended to. Opening it puts a copy in its place, so that a writer that had
 * it open before appends to a file that no longer has a name.
 */
export class FencedLog implements AsyncDisposable {
  readonly path: string;
  readonly #fence: Fence;
  readonly #file: FileHandle;

  private constructor(path: string, fence: Fence, file: FileHandle) {
    this.path = path;
    this.#fence = fence;
    this.#file = file;
  }

  /**
   * Opens a file, which need not exist. `keep`: only its first bytes are kept. Errors: those of
   * `fence` and of the disk.
   */
  static async open(path: string, fence: Fence, keep = Infinity): Promise<FencedLog> {
    const beside = besideName(path);
    await copyFile(path, beside).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw cause;
    });
    const file = await open(beside, 'a');
    try {
      if ((await file.stat()).size > keep) await truncate(beside, keep);
      await fencedRename(fence, beside, path);
      return new FencedLog(path, fence, file);
    } catch (cause) {
      await file.close();
      await rm(beside, { force: true }).catch(() => undefined);
      throw cause;
    }
  }

  /** Bytes in the file. */
  async size(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  /** Errors: those of the fence and of the disk. */
  async append(text: string): Promise<void> {
    await this.#fence();
    await this.#file.appendFile(text);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file.close();
  }
}
