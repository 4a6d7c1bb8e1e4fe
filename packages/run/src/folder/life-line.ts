// A socket in the run's folder that the holder of its lock listens on. The kernel closes it with
// the process, however that ends, and finds it by its file: whoever connects learns at once whether
// the holder lives, from a container with another host name or other process ids as well. A process
// that is stopped is still connected to; a zombie is not.
import { open, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';

/** Longest path of a socket that every system takes (sun_path, without its end). */
const MAX_PATH_BYTES = 100;
/** Errors of connecting that say that nobody listens. */
const NOBODY: readonly string[] = ['ECONNREFUSED'];
/** Errors that say that somebody does, and is slow to answer. */
const SOMEBODY: readonly string[] = ['EAGAIN', 'EWOULDBLOCK', 'ETIMEDOUT'];

/**
 * Calls `use` with a path of the socket that is short enough: where the folder's is not, through
 * the open folder. Undefined where there is none.
 */
async function withShortPath<T>(
  folder: string,
  name: string,
  use: (path: string) => Promise<T>,
): Promise<T | undefined> {
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return use(path);
  if (process.platform !== 'linux') return undefined;
  const handle = await open(folder, 'r');
  try {
    return await use(`/proc/self/fd/${handle.fd}/${name}`);
  } finally {
    await handle.close();
  }
}

/** Whether anybody listens on the socket; undefined: nothing tells. */
export async function isListening(folder: string, name: string): Promise<boolean | undefined> {
  const connect = (path: string): Promise<boolean | undefined> =>
    new Promise((resolve) => {
      const socket = createConnection({ path });
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', ({ code = '' }: NodeJS.ErrnoException) => {
        if (NOBODY.includes(code)) resolve(false);
        else resolve(SOMEBODY.includes(code) ? true : undefined);
      });
    });
  return withShortPath(folder, name, connect).catch(() => undefined);
}

/** A socket that this process listens on; it keeps no process alive. */
export class LifeLine {
  readonly #path: string;
  readonly #server: Server;

  private constructor(path: string, server: Server) {
    this.#path = path;
    this.#server = server;
  }

  /** Undefined where the file system has no sockets. */
  static async open(folder: string, name: string): Promise<LifeLine | undefined> {
    if (process.platform === 'win32') return undefined;
    const server = createServer((socket) => socket.destroy()).unref();
    const listen = (path: string): Promise<boolean> =>
      new Promise((resolve) => {
        server.once('error', () => resolve(false));
        server.on('error', () => undefined); // too many open files: the caller is not answered
        server.listen({ path, exclusive: true }, () => resolve(true));
      });
    const listens = await withShortPath(folder, name, listen).catch(() => false);
    return listens === true ? new LifeLine(join(folder, name), server) : undefined;
  }

  /** Ends it and removes the file. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await rm(this.#path, { force: true }).catch(() => undefined);
  }
}
