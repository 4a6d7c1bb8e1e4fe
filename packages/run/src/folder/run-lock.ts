// Marks a run's folder while a process writes into it, so that no second one does at the same time,
// not even to start over or to clean up. A lock whose process is gone is ignored.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { unfinished } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';

/** Name of the lock in the folder. */
export const LOCK_FILE = '.running.json';

interface Holder {
  readonly pid: number;
  readonly host: string;
}

const holding = new Map<string, { readonly done: () => void }>();

export class RunLock {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, LOCK_FILE);
  }

  /**
   * Errors: `conflict` if another process, or another run of this process, writes into the folder.
   */
  async check(): Promise<void> {
    const holder = await readFile(this.#path, 'utf8').then(
      (text) => JSON.parse(text) as Holder,
      () => undefined,
    );
    if (holder === undefined || !isAlive(holder, holding.has(this.#path))) return;
    const where =
      holder.host === hostname()
        ? `process ${holder.pid}`
        : `process ${holder.pid} on ${holder.host}`;
    throw new AutomodelError('conflict', `another run writes into this folder (${where})`, {
      location: this.#path,
      hint:
        'stop it first, or choose another output folder; if it is no longer running, delete ' +
        'this file',
    });
  }

  /**
   * Locks the folder, which must exist, until `release`. Errors: those of `check` and of the file
   * system.
   */
  async take(): Promise<void> {
    const text = `${JSON.stringify({ pid: process.pid, host: hostname() } satisfies Holder)}\n`;
    try {
      await writeFile(this.#path, text, { flag: 'wx' });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
      await this.check();
      await rm(this.#path, { force: true });
      await writeFile(this.#path, text, { flag: 'wx' });
    }
    holding.set(this.#path, unfinished(this.#path));
  }

  async release(): Promise<void> {
    const held = holding.get(this.#path);
    if (held === undefined) return;
    await rm(this.#path, { force: true });
    held.done();
    holding.delete(this.#path);
  }
}

/**
 * A process on another machine cannot be checked and counts as alive. A lock with this process's id
 * counts only if this process holds it: the system may have given the id out again.
 */
function isAlive({ pid, host }: Holder, held: boolean): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return held;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
