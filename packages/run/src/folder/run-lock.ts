// Holds a run's folder for one writer. Whether a holder still lives: on one kernel its socket says
// so at once, or its process id where there are no sockets; on another kernel its lock is written
// every 5 seconds, and is nobody's after 30 seconds of silence. A lock never stops a writer by
// itself: before it changes anything, a writer asks whether the lock is still its own (`check`).
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fence } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import { isListening, LifeLine } from './life-line.js';
import {
  besideLock,
  createLock,
  highestLock,
  isLockFile,
  lockPath,
  newLockToken,
  OpenLock,
  readLock,
  secondsSilent,
  type FoundLock,
  type LockRecord,
} from './lock-file.js';
import { onOneKernel, ownIdentity, runsById, type ProcessIdentity } from './process-identity.js';

/** How often a lock is written, and after how long without that it is nobody's. */
const [BEAT_SECONDS, SILENCE_SECONDS] = [5, 30];

/** Who has the folder instead. */
export interface Holder {
  /** The lock's file. */
  readonly path: string;
  /** Undefined if the lock cannot be read. */
  readonly record: LockRecord | undefined;
  /** Seconds until the folder is free, if the holder is dead; undefined: it is known to live. */
  readonly freeIn: number | undefined;
}

interface Held {
  readonly file: OpenLock;
  readonly lifeLine: LifeLine | undefined;
  readonly heartbeat: NodeJS.Timeout;
}

export class RunLock {
  readonly #folder: string;
  readonly #identity: () => Promise<ProcessIdentity>;
  #held: Held | undefined;

  /** `identity`: who locks; default: this process, as the system describes it. */
  constructor(folder: string, identity: () => Promise<ProcessIdentity> = ownIdentity) {
    this.#folder = folder;
    this.#identity = identity;
  }

  /** The number of the lock while it is held. */
  get number(): number | undefined {
    return this.#held?.file.record.number;
  }

  /** Who has the folder; undefined if it is free. */
  async holder(): Promise<Holder | undefined> {
    const found = await highestLock(this.#folder);
    return found === undefined ? undefined : this.#holderOf(found);
  }

  /**
   * Takes the lock of the folder, which must exist, until `release`. Returns who has it instead, if
   * anybody has. Errors: those of the file system.
   */
  async take(): Promise<Holder | undefined> {
    while (this.#held === undefined) {
      const found = await highestLock(this.#folder);
      const holder = found === undefined ? undefined : await this.#holderOf(found);
      if (holder !== undefined) return holder;
      await this.#create((found?.number ?? 0) + 1);
    }
    return undefined;
  }

  /** Settles while the lock is this one's. Errors: `conflict` if it is not, or not any more. */
  readonly check: Fence = async () => {
    const own = this.#held?.file.record;
    if (own === undefined)
      throw new AutomodelError('conflict', 'this run does not hold its folder', {
        location: this.#folder,
      });
    const path = lockPath(this.#folder, own.number);
    const found = await readLock(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
      throw cause;
    });
    const isReplaced = await stat(lockPath(this.#folder, own.number + 1)).then(
      () => true,
      () => false,
    );
    if (found?.token !== own.token || isReplaced) throw await this.#lost();
  };

  /** `leavesNothing`: removes the lock, if it is the folder's first, in place of releasing it. */
  async release(leavesNothing: boolean): Promise<void> {
    const held = this.#held;
    if (held === undefined) return;
    const isOwn = await this.check().then(
      () => true,
      () => false,
    );
    this.#held = undefined;
    clearInterval(held.heartbeat);
    if (isOwn && leavesNothing && held.file.record.number === 1)
      await rm(lockPath(this.#folder, 1), { force: true });
    else await held.file.release().catch(() => undefined); // its socket says the same
    await held.file.close();
    await held.lifeLine?.close();
  }

  async #create(number: number): Promise<void> {
    const token = newLockToken();
    const socket = besideLock(token, 'sock');
    const lifeLine = await LifeLine.open(this.#folder, socket);
    const record: LockRecord = {
      number,
      token,
      ...(await this.#identity()),
      ...(lifeLine === undefined ? {} : { socket }),
      beat: 0,
    };
    const isOurs = (await createLock(this.#folder, record)) && (await this.#isHighest(number));
    if (!isOurs) return lifeLine?.close();
    const file = await OpenLock.open(this.#folder, record);
    // where it fails the folder is gone, or its disk: writing into it will say so
    const beat = (): void => void file.beat().catch(() => undefined);
    const heartbeat = setInterval(beat, 1000 * BEAT_SECONDS).unref();
    this.#held = { file, lifeLine, heartbeat };
    await this.#removeOlder(record);
  }

  /**
   * Whether a lock that was just created is the highest: one that looked at the folder long ago may
   * have taken a number that has been passed since, and gives it back.
   */
  async #isHighest(number: number): Promise<boolean> {
    const highest = await highestLock(this.#folder);
    if (highest?.number === number) return true;
    await rm(lockPath(this.#folder, number), { force: true });
    return false;
  }

  /** Removes what earlier holders left. */
  async #removeOlder({ number, socket }: LockRecord): Promise<void> {
    const kept = [`.lock-${number}.json`, socket];
    const names = await readdir(this.#folder);
    for (const name of names.filter((one) => isLockFile(one) && !kept.includes(one)))
      await rm(join(this.#folder, name), { force: true });
  }

  async #holderOf(found: FoundLock): Promise<Holder | undefined> {
    const { path, record } = found;
    if (record?.released === true) return undefined;
    const lives = record === undefined ? undefined : await this.#lives(record);
    if (lives === false) return undefined;
    if (lives === true) return { path, record, freeIn: undefined };
    const silent = await secondsSilent(found, this.#folder);
    if (silent === undefined || silent >= SILENCE_SECONDS) return undefined;
    return { path, record, freeIn: SILENCE_SECONDS - silent };
  }

  /** Undefined: only its silence can tell. */
  async #lives(record: LockRecord): Promise<boolean | undefined> {
    const own = await this.#identity();
    if (!onOneKernel(record, own)) return undefined;
    const { socket } = record;
    const listens = socket === undefined ? undefined : await isListening(this.#folder, socket);
    return listens ?? runsById(record, own);
  }

  async #lost(): Promise<AutomodelError> {
    const now = await highestLock(this.#folder);
    const who = now?.record === undefined ? '' : ` (${describeHolder(now.record)})`;
    return new AutomodelError(
      'conflict',
      now === undefined
        ? 'the lock of this run is gone: its folder was removed or emptied'
        : `another run has taken this folder over${who}: this one stops and changes nothing more`,
      {
        location: this.#folder,
        hint:
          'a run is taken over when it shows no sign of life for ' +
          `${SILENCE_SECONDS} seconds; what it trained up to its last checkpoint is kept`,
      },
    );
  }
}

/** `process 12 on node-3`. */
export const describeHolder = ({ pid, host }: ProcessIdentity): string =>
  `process ${pid} on ${host}`;

/** The error for a folder that somebody else writes into. */
export function heldError({ path, record, freeIn }: Holder): AutomodelError {
  const who = record === undefined ? '' : ` (${describeHolder(record)})`;
  const silence =
    freeIn === undefined
      ? ''
      : `; if it is dead, the folder is free in ${Math.ceil(freeIn)} s, and --resume auto waits ` +
        'for that';
  return new AutomodelError('conflict', `another run writes into this folder${who}`, {
    location: path,
    hint: `stop it first, or choose another output folder${silence}`,
  });
}
