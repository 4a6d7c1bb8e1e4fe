// The cache of tokenised data: what makes an entry, and what becomes of it.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDataset, Tokenizer, type DatasetOptions } from '../src/index.js';
import { chat, folder, rows, tokenizer, write } from './many-chats.js';

describe('the cache', () => {
  const directory = join(folder, 'cache');
  const cache = { directory, minBytes: 0 };
  const entries = (): string[] => readdirSync(directory).filter((name) => !name.includes('.'));

  it('gives the same samples, under the names of today', async () => {
    const path = write(rows(50));
    const options: DatasetOptions = {
      cache,
      maxLength: 24,
      overlong: 'split',
      selection: { shuffleSeed: 1 },
    };
    const first = await loadDataset(tokenizer, path, options);
    const moved = write(rows(50), 'moved.jsonl');
    const second = await loadDataset(tokenizer, moved, options);
    expect([first.report.fromCache, second.report.fromCache, entries().length]).toEqual([
      false,
      true,
      1,
    ]);
    expect(second.samples.fingerprint).toBe(first.samples.fingerprint);
    expect(second.samples.slice()).toEqual(
      first.samples
        .slice()
        .map((sample) => ({ ...sample, source: { file: moved, row: sample.source.row } })),
    );
    expect(second.report.split).toEqual({
      ...first.report.split,
      first: first.report.split.first.map(({ row }) => ({ file: moved, row })),
    });
    expect(first.samples.slice()).toEqual(
      (await loadDataset(tokenizer, path, { ...options, cache: undefined })).samples.slice(),
    );
    for (const { samples } of [first, second]) samples.close();
  });

  it('makes another entry for anything that changes samples', async () => {
    const path = write(rows(6));
    const other = new Tokenizer({
      ...tokenizer.files,
      chatTemplates: new Map([
        ['default', `{# other #}${tokenizer.files.chatTemplates.get('default')}`],
      ]),
    });
    const variants: readonly (readonly [Tokenizer, string, DatasetOptions])[] = [
      [tokenizer, path, {}],
      [tokenizer, write(rows(7)), {}],
      [other, path, {}],
      [tokenizer, path, { selection: { limit: 3 } }],
      [tokenizer, path, { maxLength: 200 }],
      [tokenizer, path, { maskHistory: true }],
      [tokenizer, path, { trainAll: true }],
      [tokenizer, path, { columns: { messages: 'messages' } }],
      [tokenizer, path, { maxLength: 200, overlong: 'drop' }],
    ];
    const before = entries().length;
    for (const [own, file, options] of variants) {
      const made = await loadDataset(own, file, { ...options, cache });
      expect(made.report.fromCache).toBe(false);
      made.samples.close();
    }
    expect(entries().length - before).toBe(variants.length);
  });

  it.each(['tokens.bin', 'index.bin', 'meta.json'])(
    'notices a damaged %s and makes it again',
    async (name) => {
      const own = { directory: join(folder, `damaged-${name}`), minBytes: 0 };
      const path = write(rows(20));
      (await loadDataset(tokenizer, path, { cache: own })).samples.close();
      const file = join(own.directory, readdirSync(own.directory)[0]!, name);
      const bytes = readFileSync(file);
      bytes[bytes.length >> 1]! ^= 1;
      if (name === 'meta.json') truncateSync(file, 10);
      else writeFileSync(file, bytes);
      const again = await loadDataset(tokenizer, path, { cache: own });
      expect(again.report).toMatchObject({
        fromCache: false,
        notes: [expect.stringContaining('damaged')],
      });
      again.samples.close();
      expect((await loadDataset(tokenizer, path, { cache: own })).report).toMatchObject({
        fromCache: true,
        notes: [],
      });
    },
  );

  it('keeps to its size: what was not used for long goes first', async () => {
    const own = join(folder, 'bounded');
    const load = async (count: number, maxBytes: number): Promise<void> =>
      (
        await loadDataset(tokenizer, write(rows(count)), {
          cache: { directory: own, minBytes: 0, maxBytes },
        })
      ).samples.close();
    const age = (name: string, days: number): void => {
      const then = new Date(Date.now() - days * 24 * 3600 * 1000);
      for (const file of readdirSync(join(own, name)))
        utimesSync(join(own, name, file), then, then);
    };
    const made: string[] = [];
    for (const [count, days] of [
      [10, 4],
      [11, 3],
      [12, 2],
      [13, 0],
    ] as const) {
      await load(count, 1e9);
      made.push(readdirSync(own).find((name) => !made.includes(name))!);
      age(made.at(-1)!, days);
    }
    mkdirSync(join(own, 'x.1-a.partial'));
    writeFileSync(join(own, 'x.1-a.partial', 'tokens.bin'), 'left by a run that was broken off');
    age('x.1-a.partial', 5);
    const bytes = (names: readonly string[]): number =>
      names
        .flatMap((name) =>
          readdirSync(join(own, name)).map((file) => statSync(join(own, name, file)).size),
        )
        .reduce((sum, size) => sum + size, 0);
    await load(10, 1e9); // used again: no longer the oldest
    await load(14, bytes(made) + 1000);
    const left = readdirSync(own);
    expect(made.map((name) => left.includes(name))).toEqual([true, false, true, true]);
    expect(left.length).toBe(4);
    await load(15, 1);
    expect(made.map((name) => readdirSync(own).includes(name))).toEqual([true, false, false, true]);
  });

  it('holds one entry where several runs make it at once', async () => {
    const own = { directory: join(folder, 'at-once'), minBytes: 0 };
    const path = write(rows(40));
    const made = await Promise.all(
      [1, 2, 3].map(() => loadDataset(tokenizer, path, { cache: own })),
    );
    expect(readdirSync(own.directory)).toHaveLength(1);
    for (const { samples } of made) {
      expect([samples.fingerprint, samples.sample(39).source.row]).toEqual([
        made[0]!.samples.fingerprint,
        40,
      ]);
      samples.close();
    }
    expect((await loadDataset(tokenizer, path, { cache: own })).report).toMatchObject({
      fromCache: true,
      notes: [],
    });
  });

  it('does without where it cannot be written, and keeps nothing of a failed load', async () => {
    const blocked = join(folder, 'blocked');
    writeFileSync(blocked, '');
    expect(
      (
        await loadDataset(tokenizer, write(rows(5)), {
          cache: { directory: blocked, minBytes: 0 },
        })
      ).report,
    ).toMatchObject({ samples: 5, fromCache: false });
    const own = join(folder, 'failed');
    mkdirSync(own);
    await expect(
      loadDataset(tokenizer, write([chat(0), { text: 3 }]), {
        cache: { directory: own, minBytes: 0 },
      }),
    ).rejects.toMatchObject({ code: 'bad-data' });
    expect(readdirSync(own)).toEqual([]);
  });
});
