// Folders that several processes write together: byte for byte those of one, or nothing at all.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  HuggingFaceFolder,
  saveAdapterFolder,
  saveHuggingFaceFolder,
  sourceOfArray,
  writeSafetensors,
  writeTrainingState,
  type SavedFolder,
  type TensorSource,
  type WritingGroup,
} from '../src/index.js';
import { temporaryFolder } from './support/files.js';
import { counting, CONFIG, EMBEDDING, HEAD, writeFolder } from './support/folders.js';
import { NORM, tied, tying } from './support/saving.js';
import { partOf, writers } from './support/writers.js';

/** Every file below a folder. */
async function filesOf(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  return Object.fromEntries(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [path.slice(folder.length), (await readFile(path)).toString('base64')] as const;
      }),
    ),
  );
}

/** What came of it in each process. */
async function settled<T>(
  groups: readonly WritingGroup[],
  work: (group: WritingGroup) => Promise<T>,
): Promise<readonly (T | string)[]> {
  return Promise.all(groups.map((group) => work(group).catch((error: Error) => error.message)));
}

const BASE = { 'a.safetensors': [counting(EMBEDDING, 0)], 'b.safetensors': [counting(NORM, 9)] };

interface Setting {
  readonly root: string;
  readonly base: HuggingFaceFolder;
}

async function setting(config = CONFIG): Promise<Setting> {
  const root = await temporaryFolder();
  const base = await HuggingFaceFolder.open(await writeFolder(join(root, 'base'), BASE, config));
  return { root, base };
}

/** Saves by one process as `alone`, and by `size` as `shared`. */
async function saveBoth(
  { root, base }: Setting,
  tensors: readonly TensorSource[],
  more: object,
  size: number,
): Promise<readonly Record<string, string>[]> {
  const options = { base, tying, ...more };
  await saveHuggingFaceFolder({ ...options, tensors, directory: join(root, 'alone') });
  const results = await settled(writers(size), (group) =>
    saveHuggingFaceFolder({
      ...options,
      tensors: tensors.map((tensor) => partOf(tensor, group)),
      directory: join(root, 'shared'),
      group,
    }),
  );
  expect(new Set(results.map((result) => (result as SavedFolder).files.join())).size).toBe(1);
  return [await filesOf(join(root, 'alone')), await filesOf(join(root, 'shared'))];
}

describe('a folder that several processes write', () => {
  test.each([
    ['as the base is split', [counting(EMBEDDING, 5)], {}, 2],
    ['in another type', [counting(EMBEDDING, 5), counting(NORM, 1, 'bf16')], { dtype: 'f16' }, 3],
    ['in many shards', [counting(EMBEDDING, 5), counting(HEAD, 2)], { maxShardBytes: 24 }, 4],
  ])('%s: the bytes of one', async (_, tensors, more, size) => {
    const [alone, shared] = await saveBoth(await setting(), tensors, more, size);
    expect(shared).toEqual(alone);
    expect(Object.keys(shared!)).toContain('/model.safetensors.index.json');
  });

  test('a tied head is left out if all of them have it equal, and written otherwise', async () => {
    const differing = sourceOfArray(HEAD, 'f32', [2, 3], Float32Array.of(0, 1, 2, 3, 4, 99));
    for (const [head, isWritten] of [
      [counting(HEAD, 0), false],
      [differing, true],
    ] as const) {
      const [alone, shared] = await saveBoth(
        await setting(tied),
        [counting(EMBEDDING, 0), head],
        {},
        3,
      );
      expect(shared).toEqual(alone);
      const index = Buffer.from(shared!['/model.safetensors.index.json'] ?? '', 'base64');
      const weights = Buffer.from(shared!['/model.safetensors'] ?? '', 'base64');
      expect(index.includes(HEAD) || weights.includes(HEAD)).toBe(isWritten);
    }
  });

  test('adapters and training states too', async () => {
    const { root, base } = await setting();
    const state = { state: { step: 1 }, optimizer: [counting('m.w', 1)], masterWeights: [] };
    const save = async (name: string, group?: WritingGroup): Promise<void> => {
      const directory = join(root, name);
      const part = (source: TensorSource): TensorSource =>
        group === undefined ? source : partOf(source, group);
      const tensors = [part(counting('lora_A', 3)), part(counting('lora_B', 4))];
      await saveAdapterFolder({ directory, config: { r: 2 }, base, tensors, group });
      const masterWeights = [part(counting('w', 7))];
      const optimizer = state.optimizer.map(part);
      await writeTrainingState(directory, { ...state, optimizer, masterWeights }, group);
    };
    await save('alone');
    await settled(writers(3), (group) => save('shared', group));
    expect(await filesOf(join(root, 'shared'))).toEqual(await filesOf(join(root, 'alone')));
  });
});

describe('what fails in one process fails in all', () => {
  const nan = sourceOfArray(NORM, 'f32', [2, 3], Float32Array.of(1, 1, 1, 1, 1, NaN));
  const broken = (message: string): TensorSource => ({
    ...counting(NORM, 1),
    chunks: () => {
      throw Object.assign(new Error(message), { syscall: 'write' });
    },
  });
  const fails = async (
    of: (group: WritingGroup) => TensorSource,
    says: string,
    prepare: (root: string) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<void> => {
    const { root, base } = await setting();
    await mkdir(join(root, 'runs'));
    await prepare(root);
    const directory = join(root, 'runs', 'out');
    const before = await filesOf(join(root, 'runs'));
    const groups = writers(3);
    const save = (group: WritingGroup, norm: TensorSource) => {
      const tensors = [partOf(counting(EMBEDDING, 1), group), norm];
      return saveHuggingFaceFolder({ directory, base, tying, tensors, group, overwrite: true });
    };
    const errors = await settled(groups, (group) => save(group, of(group)));
    expect(new Set(errors).size).toBe(1);
    expect(errors[0]).toContain(says);
    expect(await filesOf(join(root, 'runs'))).toEqual(before);
    const next = await settled(groups, (group) => save(group, partOf(counting(NORM, 1), group)));
    for (const saved of next) expect(saved).toMatchObject({ directory });
  };

  test('a number that is not finite, with its place in the whole', () =>
    fails((group) => partOf(nan, group), `rank 2: tensor ${NORM} holds NaN (element 5)`));

  test('a disk that is full; an earlier folder stays', () =>
    fails(
      (group) =>
        group.rank === 1
          ? { ...broken('ENOSPC: no space left on device'), runs: [{ start: 2, count: 2 }] }
          : partOf(counting(NORM, 1), group),
      'rank 1: cannot be written: ENOSPC: no space left on device',
      async (root) => {
        await mkdir(join(root, 'runs', 'out'));
        await writeFile(join(root, 'runs', 'out', 'kept'), 'before');
      },
    ));

  test('elements that no process gives', () =>
    fails(
      (group) => ({ ...partOf(counting(NORM, 1), group), ...(group.rank === 0 ? nothing : {}) }),
      'the processes gave 16 bytes where 24 are needed',
    ));

  test('a file that is there', async () => {
    const path = join(await temporaryFolder(), 'x.safetensors');
    await writeFile(path, '');
    const errors = await settled(writers(2), (group) =>
      writeSafetensors(path, [counting('a', 1)], { group }),
    );
    expect(errors).toEqual(new Array(2).fill(`${path}: rank 0: the file exists already`));
  });
});

const nothing = { runs: [], chunks: () => [] };
