// Marks a run's folder while a process writes into it, so that no second one does at the same time,
// not even to start over or to clean up. A lock whose process is gone is ignored, also when its id
// belongs to another process by now; one of another machine when it shows no sign of life.
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { unfinished } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import { processStart } from './process-start.js';

/** Name of the lock in the folder. */
export const LOCK_FILE = '.running.json';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Which of the processes with this id it is, where the system tells. */
  readonly started?: string | undefined;
}

/** How often a lock is touched, and after how long without that it is nobody's. */
const [TOUCH_SECONDS, SILENCE_SECONDS] = [20, 300];

const holding = new Map<string, { readonly done: () => void; readonly beat: NodeJS.Timeout }>();

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
    if (holder === undefined || !(await this.#isAlive(holder))) return;
    const where =
      holder.host === hostname()
        ? `process ${holder.pid}`
        : `process ${holder.pid} on ${holder.host}`;
    throw new AutomodelError('conflict', `another run writes into this folder (${where})`, {
      location: this.#path,
      hint:
        'stop it first, or choose another output folder' +
        (holder.host === hostname()
          ? ''
          : `; if it was killed, the folder is free ${SILENCE_SECONDS / 60} minutes after that`),
    });
  }

  /**
   * Locks the folder, which must exist, until `release`. Errors: those of `check` and of the file
   * system.
   */
  async take(): Promise<void> {
    const { pid } = process;
    const holder: Holder = { pid, host: hostname(), started: await processStart(pid) };
    const text = `${JSON.stringify(holder)}\n`;
    try {
      await writeFile(this.#path, text, { flag: 'wx' });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
      await this.check();
      await rm(this.#path, { force: true });
      await writeFile(this.#path, text, { flag: 'wx' });
    }
    const touch = (): void => {
      const now = new Date();
      // where that fails the folder is gone, or its disk: writing into it will say so
      utimes(this.#path, now, now).catch(() => undefined);
    };
    const beat = setInterval(touch, 1000 * TOUCH_SECONDS).unref();
    holding.set(this.#path, { ...unfinished(this.#path), beat });
  }

  async release(): Promise<void> {
    const held = holding.get(this.#path);
    if (held === undefined) return;
    clearInterval(held.beat);
    await rm(this.#path, { force: true });
    held.done();
    holding.delete(this.#path);
  }

  /**
   * A lock with this process's id counts only if this process holds it: the system may have given
   * the id out again.
   */
  async #isAlive({ pid, host, started }: Holder): Promise<boolean> {
    if (host !== hostname()) {
      const touched = await stat(this.#path).catch(() => undefined);
      return touched !== undefined && Date.now() - touched.mtimeMs < 1000 * SILENCE_SECONDS;
    }
    if (pid === process.pid) return holding.has(this.#path);
    const now = await processStart(pid);
    if (started !== undefined && now !== undefined && now !== started) return false;
    return isRunning(pid);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
