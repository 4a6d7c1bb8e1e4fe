// A file of lines that another process appends to, and may cut and write again from an earlier
// place, as a resumed run does with its metrics.
import { open, type FileHandle } from 'node:fs/promises';

/** How many bytes before the end are compared to see whether the file was cut meanwhile. */
const COMPARED = 256;
/** Read at once. */
const CHUNK = 4 * 2 ** 20;

export interface NewLines {
  /** The lines since the last call, without one that is not complete yet. */
  readonly lines: readonly string[];
  /** The file was cut or replaced: `lines` are all of it. */
  readonly anew: boolean;
}

export class GrowingFile {
  readonly #path: string;
  /** Up to the end of the last complete line. */
  #bytes = 0;
  /** The last bytes before that. */
  #tail = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  /** A file that is not there has no lines. Errors: those of the file system. */
  async news(): Promise<NewLines> {
    const file = await open(this.#path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined;
      throw cause;
    });
    if (file === undefined) return { lines: [], anew: this.#restart() };
    try {
      const anew = !(await this.#isAsBefore(file)) && this.#restart();
      return { lines: await this.#lines(file), anew };
    } finally {
      await file.close();
    }
  }

  /** Whether something had been read. */
  #restart(): boolean {
    const had = this.#bytes > 0;
    this.#bytes = 0;
    this.#tail = Buffer.alloc(0);
    return had;
  }

  async #isAsBefore(file: FileHandle): Promise<boolean> {
    const { length } = this.#tail;
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(length),
      0,
      length,
      this.#bytes - length,
    );
    return bytesRead === length && buffer.equals(this.#tail);
  }

  async #lines(file: FileHandle): Promise<readonly string[]> {
    const pieces: Buffer[] = [];
    for (let at = this.#bytes; ;) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, at);
      if (bytesRead === 0) break;
      pieces.push(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    const read = Buffer.concat(pieces);
    const complete = read.subarray(0, read.lastIndexOf(0x0a) + 1);
    this.#bytes += complete.length;
    this.#tail = Buffer.from(Buffer.concat([this.#tail, complete]).subarray(-COMPARED));
    return complete.toString('utf8').split('\n').slice(0, -1);
  }
}
