// The checkpoints of one run's folder: published by one rename, never overwritten, linked as LATEST
// and LOWEST_VAL, and removed beyond a number to keep. A folder with a checkpoint's name is always
// complete.
import { randomBytes } from 'node:crypto';
import { readdir, readFile, readlink, rm, stat, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { besideName, fencedRemove, fencedRename, fencedWrite, type Fence } from '../files/fence.js';
import { publishDirectory } from '../files/publish-directory.js';
import { ALONE, firstDoes, type WritingGroup } from '../files/writing-group.js';
import { checkpointName, parseCheckpointName, type CheckpointTime } from './checkpoint-name.js';

/** Links NeMo's tools know. */
export type CheckpointLink = 'LATEST' | 'LOWEST_VAL';

const LINKS: readonly CheckpointLink[] = ['LATEST', 'LOWEST_VAL'];
/** What an interrupted run leaves. */
const LEFTOVERS = [
  // folders that were being written, replaced or removed
  /^(epoch_\d+_step_\d+|\.saving)((\.tmp-\d+-[0-9a-f]+(-old)?)+|\.removing-[0-9a-f]+)$/,
  // links and files that were to be put in place
  /^(LATEST|LOWEST_VAL)(\.txt)?\.new-[0-9a-f]+$/,
  /^(\.made-longer|[a-z]+\.(jsonl?|html|yaml))\.new-[0-9a-f]+$/,
  /^\.saving$/,
];

/** Whether an interrupted run left it; nobody can use it. */
export const isLeftover = (name: string): boolean =>
  LEFTOVERS.some((pattern) => pattern.test(name));

/** A complete checkpoint. */
export interface CheckpointEntry extends CheckpointTime {
  readonly name: string;
  readonly path: string;
}

const missing = (cause: NodeJS.ErrnoException): undefined => {
  if (cause.code === 'ENOENT' || cause.code === 'EINVAL' || cause.code === 'UNKNOWN')
    return undefined;
  throw cause;
};
const suffix = (): string => randomBytes(4).toString('hex');

/** The checkpoints in the folder of a run. */
export class Checkpoints {
  /** The run's folder. */
  readonly directory: string;
  readonly #fence: Fence;

  /** `fence`: whether the folder is this run's; asked before each change of it. */
  constructor(directory: string, fence: Fence) {
    this.directory = directory;
    this.#fence = fence;
  }

  /** All checkpoints, oldest step first. */
  async list(): Promise<readonly CheckpointEntry[]> {
    const names = (await readdir(this.directory).catch(missing)) ?? [];
    return names
      .flatMap((name) => {
        const time = parseCheckpointName(name);
        return time === undefined ? [] : [{ ...time, name, path: join(this.directory, name) }];
      })
      .sort((a, b) => a.step - b.step);
  }

  /**
   * Fills a new checkpoint through `build` and publishes it. Processes of a group all call it, and
   * fill it together. Errors: `conflict` where one of that
   * name exists, and those of `build` and of the disk; nothing remains in that case.
   */
  async publish(
    time: CheckpointTime,
    build: (directory: string) => Promise<void>,
    group: WritingGroup = ALONE,
  ): Promise<CheckpointEntry> {
    const name = checkpointName(time);
    const path = join(this.directory, name);
    await firstDoes(group, async () => {
      if ((await stat(path).catch(missing)) === undefined) return;
      throw new AutomodelError(
        'conflict',
        'the checkpoint exists already; checkpoints are never overwritten',
        { location: path },
      );
    });
    await publishDirectory(path, build, { fence: this.#fence, group });
    return { ...time, name, path };
  }

  /**
   * Points a link at a checkpoint, in one step. Where the disk has no links a text file holds the
   * name.
   */
  async link(link: CheckpointLink, { name }: CheckpointEntry): Promise<void> {
    const place = join(this.directory, link);
    const next = besideName(place);
    try {
      await symlink(name, next, 'dir');
      await fencedRename(this.#fence, next, place);
    } catch (cause) {
      if (
        !['EPERM', 'ENOSYS', 'ENOTSUP', 'EISDIR'].includes(
          (cause as NodeJS.ErrnoException).code ?? '',
        )
      )
        throw cause;
      await fencedWrite(this.#fence, `${place}.txt`, `${name}\n`);
    }
  }

  /**
   * The checkpoint a link names; undefined without a link. Errors: `missing-file` where it points
   * to nothing.
   */
  async linked(link: CheckpointLink): Promise<CheckpointEntry | undefined> {
    const place = join(this.directory, link);
    const target =
      (await readlink(place).catch(missing)) ??
      (await readFile(`${place}.txt`, 'utf8').catch(missing))?.trim();
    if (target === undefined) return undefined;
    const all = await this.list();
    const found = all.find(({ name }) => name === basename(target));
    if (found !== undefined) return found;
    throw new AutomodelError('missing-file', `points to ${target}, which is not there`, {
      location: place,
      hint:
        all.length === 0
          ? 'the folder holds no checkpoint'
          : `name one yourself: ${all.map(({ name }) => name).join(', ')}`,
    });
  }

  /**
   * Removes the oldest checkpoints beyond `keep`, except those a link names. Each disappears in one
   * step.
   */
  async retain(keep: number): Promise<void> {
    const all = await this.list();
    const spared = new Set<string | undefined>(
      await Promise.all(
        LINKS.map(async (link) => (await this.linked(link).catch(() => undefined))?.name),
      ),
    );
    for (const { name, path } of all.slice(0, Math.max(0, all.length - keep))) {
      if (spared.has(name)) continue;
      const leaving = `${path}.removing-${suffix()}`;
      await fencedRename(this.#fence, path, leaving);
      await rm(leaving, { recursive: true, force: true });
    }
  }

  /** Removes what an interrupted run left behind. */
  async clean(): Promise<void> {
    const names = (await readdir(this.directory).catch(missing)) ?? [];
    for (const name of names.filter(isLeftover))
      await fencedRemove(this.#fence, join(this.directory, name));
  }
}
