import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HuggingFaceFolder, saveHuggingFaceFolder, type TensorSource } from '../src/index.js';
import { temporaryFolder } from './support/files.js';
import { counting, EMBEDDING, writeFolder } from './support/folders.js';
import { SINGLE, NORM, tying, values } from './support/saving.js';

describe('a save is all or nothing', () => {
  const failing: TensorSource = {
    name: NORM,
    storageType: 'F32',
    shape: [6],
    *chunks() {
      yield new Uint8Array(8);
      throw new Error('the device is gone');
    },
  };

  async function setUp(): Promise<{ root: string; out: string; base: HuggingFaceFolder }> {
    const root = await temporaryFolder();
    return {
      root,
      out: join(root, 'out'),
      base: await HuggingFaceFolder.open(
        await writeFolder(join(root, 'base'), { [SINGLE]: [counting(EMBEDDING, 0)] }),
      ),
    };
  }

  test('a failure in the middle leaves nothing', async () => {
    const { root, out, base } = await setUp();
    await expect(
      saveHuggingFaceFolder({ directory: out, base, tensors: [failing], tying }),
    ).rejects.toThrow('the device is gone');
    expect(await readdir(root)).toEqual(['base']);
  });

  test('a failure leaves the folder that was there', async () => {
    const { root, out, base } = await setUp();
    await saveHuggingFaceFolder({ directory: out, base, tensors: [counting(NORM, 1)], tying });
    await expect(
      saveHuggingFaceFolder({ directory: out, base, tensors: [failing], tying }),
    ).rejects.toThrow('the device is gone');
    expect(await readdir(root)).toEqual(['base', 'out']);
    expect(await values(await HuggingFaceFolder.open(out), NORM)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('replaces its own folder, an empty one, and others only when told', async () => {
    const { root, out, base } = await setUp();
    await mkdir(out);
    for (const start of [1, 2])
      await saveHuggingFaceFolder({
        directory: out,
        base,
        tensors: [counting(NORM, start)],
        tying,
      });
    expect((await values(await HuggingFaceFolder.open(out), NORM))[0]).toBe(2);
    await writeFile(join(out, 'notes.txt'), 'mine');
    await expect(
      saveHuggingFaceFolder({ directory: out, base, tensors: [], tying }),
    ).rejects.toMatchObject({
      code: 'conflict',
      message: `${out}: the folder is not empty and was not written by automodel alone (notes.txt)`,
    });
    expect(await readFile(join(out, 'notes.txt'), 'utf8')).toBe('mine');
    await saveHuggingFaceFolder({ directory: out, base, tensors: [], tying, overwrite: true });
    expect(await readdir(root)).toEqual(['base', 'out']);
    expect(await readdir(out)).not.toContain('notes.txt');
  });

  test('refuses a file in its place, and the folder of its base', async () => {
    const { root, out, base } = await setUp();
    await writeFile(out, '');
    await expect(
      saveHuggingFaceFolder({ directory: out, base, tensors: [], tying }),
    ).rejects.toThrow(`${out}: exists and is not a folder`);
    for (const directory of [base.path, root]) {
      await expect(
        saveHuggingFaceFolder({ directory, base, tensors: [], tying, overwrite: true }),
      ).rejects.toThrow("is or holds the base model's own folder");
    }
  });
});
