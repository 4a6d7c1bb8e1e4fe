// Names of folders that are filled beside their final place. A name says which process fills it,
// so that what a process left behind that was killed can be told from what is being written.
import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { unfinishedHere } from './unfinished.js';

/** Processes are known by their number only where that number was given out. */
const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** A place of another machine is left behind when nothing in it has changed for so long. */
const STILL_MILLISECONDS = 15 * 60 * 1000;

/** A new name beside `path`. */
export const stagedPath = (path: string): string =>
  `${path}.tmp-${process.pid}-${MACHINE}${randomBytes(4).toString('hex')}`;

/** Removes what was begun beside `path` by processes that have ended. */
export async function removeDeadStages(path: string): Promise<void> {
  const folder = dirname(path);
  const start = `${basename(path)}.tmp-`;
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith(start));
  for (const name of names) {
    const [, pid, machine] = /^(\d+)-([0-9a-f]{8})[0-9a-f]{8}(?:-old)?$/.exec(
      name.slice(start.length),
    ) ?? [undefined, undefined, undefined];
    if (pid === undefined) continue;
    const staged = join(folder, name);
    const isDead = machine === MACHINE ? !isWriting(Number(pid), staged) : await isStill(staged);
    if (isDead) await rm(staged, { recursive: true, force: true });
  }
}

function isWriting(pid: number, staged: string): boolean {
  if (pid === process.pid) return unfinishedHere(staged);
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Files that are written change their own time, not the folder's. */
async function isStill(staged: string): Promise<boolean> {
  const inside = await readdir(staged, { recursive: true }).catch(() => []);
  const times = await Promise.all(
    [staged, ...inside.map((name) => join(staged, name))].map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => Date.now(),
      ),
    ),
  );
  return Math.max(...times) < Date.now() - STILL_MILLISECONDS;
}
