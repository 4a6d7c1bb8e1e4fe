// Tokenised data sets on disk, each in a folder named by its key: ids, index and what is known of
// them, with checksums. Entries are written beside and renamed, so several runs can use one cache;
// a damaged entry is thrown away and made again. The least recently used go first when the cache
// grows too large.
import { closeSync, openSync, readSync } from 'node:fs';
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { AutomodelError } from '@automodel/core';
import type { DatasetReport } from './dataset-report.js';
import type { Dataset } from './load-dataset.js';
import type { RowSource } from '../sources/row-source.js';
import { PackedSamples, type SampleIndex, type TokenReader } from './packed-samples.js';

export interface CacheOptions {
  /** Folder of all entries. */
  readonly directory: string;
  /** Data files of fewer bytes are not kept. Default 4 MiB. */
  readonly leastBytes?: number | undefined;
  /** Bytes of all entries. Default 50 GB. */
  readonly mostBytes?: number | undefined;
}

/** `AUTOMODEL_CACHE`, else `automodel` in `XDG_CACHE_HOME` or ~/.cache. */
export function defaultCacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const { AUTOMODEL_CACHE: own, XDG_CACHE_HOME: shared } = environment;
  return join(
    own !== undefined && own !== ''
      ? own
      : join(
          shared !== undefined && shared !== '' ? shared : join(homedir(), '.cache'),
          'automodel',
        ),
    'datasets',
  );
}

interface Meta {
  readonly samples: number;
  readonly tokens: number;
  readonly fingerprint: string;
  readonly checksums: { readonly tokens: number; readonly index: number };
  readonly report: DatasetReport;
  readonly files: readonly string[];
}

const META = 'meta.json';
const TOKENS = 'tokens.bin';
const INDEX = 'index.bin';
const DEFAULT_MOST_BYTES = 50e9;
/** Entries and unfinished ones younger than this may be in use. */
const IN_USE_MILLISECONDS = 24 * 3600 * 1000;
const READ_BYTES = 4 << 20;

export class DatasetCache {
  readonly #directory: string;
  readonly #mostBytes: number;

  constructor({ directory, mostBytes = DEFAULT_MOST_BYTES }: CacheOptions) {
    this.#directory = directory;
    this.#mostBytes = mostBytes;
  }

  /**
   * The entry of `key`, whose rows come from `files`; without a data set where there is none, with
   * a note where it was damaged.
   */
  async open(
    key: string,
    files: readonly string[],
  ): Promise<{ readonly dataset?: Dataset; readonly notes: readonly string[] }> {
    const folder = join(this.#directory, key);
    const text = await readFile(join(folder, META), 'utf8').catch(() => undefined);
    if (text === undefined && (await stat(folder).catch(() => undefined)) === undefined)
      return { notes: [] };
    try {
      const meta = JSON.parse(text ?? '') as Meta;
      const [index, tokens] = await Promise.all([
        readIndex(join(folder, INDEX), meta),
        checkedTokens(join(folder, TOKENS), meta),
      ]);
      const now = new Date();
      await utimes(join(folder, META), now, now).catch(() => undefined);
      const report = { ...meta.report, ...renamed(meta, files), fromCache: true };
      return {
        dataset: { samples: new PackedSamples(index, tokens, files, meta.fingerprint), report },
        notes: [],
      };
    } catch {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
      return {
        notes: [`the tokenised data in the cache was damaged and is made again (${folder})`],
      };
    }
  }

  /** Begins an entry; undefined where the cache cannot be written at all. */
  async write(key: string): Promise<CacheWriter | undefined> {
    const partial = join(
      this.#directory,
      `${key}.${process.pid}-${Math.random().toString(36).slice(2, 8)}.partial`,
    );
    try {
      await mkdir(partial, { recursive: true });
      const tokens = await open(join(partial, TOKENS), 'w');
      return new CacheWriter(partial, join(this.#directory, key), tokens, () => this.#evict(key));
    } catch {
      return undefined;
    }
  }

  /**
   * Removes the least recently used entries beyond the size allowed, and what broken-off runs left;
   * never one used in the last day.
   */
  async #evict(own: string): Promise<void> {
    const entries = await Promise.all(
      (await readdir(this.#directory).catch(() => [])).map(async (name) => {
        const folder = join(this.#directory, name);
        const sizes = await Promise.all(
          [META, TOKENS, INDEX].map((file) =>
            stat(join(folder, file)).then(
              ({ size, mtimeMs }) => ({ size, mtimeMs }),
              () => ({ size: 0, mtimeMs: 0 }),
            ),
          ),
        );
        const used = Math.max(
          ...sizes.map(({ mtimeMs }) => mtimeMs),
          name.endsWith('.partial') ? 0 : (sizes[0]?.mtimeMs ?? 0),
        );
        return { name, folder, bytes: sizes.reduce((sum, { size }) => sum + size, 0), used };
      }),
    );
    let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { name, folder, bytes, used } of entries.sort((a, b) => a.used - b.used)) {
      if (name === own || Date.now() - used < IN_USE_MILLISECONDS) continue;
      if (!name.endsWith('.partial') && total <= this.#mostBytes) continue;
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
      total -= bytes;
    }
  }
}

/** Writes one entry. */
export class CacheWriter {
  /** Where the entry will be. */
  readonly path: string;
  readonly #partial: string;
  readonly #tokens: FileHandle;
  readonly #onDone: () => Promise<void>;
  #checksum = 0;
  #count = 0;
  #closed = false;

  constructor(partial: string, path: string, tokens: FileHandle, onDone: () => Promise<void>) {
    this.path = path;
    this.#partial = partial;
    this.#tokens = tokens;
    this.#onDone = onDone;
  }

  async append(ids: Int32Array): Promise<void> {
    const bytes = bytesOf(ids);
    this.#checksum = crc32(bytes, this.#checksum);
    this.#count += ids.length;
    for (let written = 0; written < bytes.length;)
      written += (await this.#tokens.write(bytes, written)).bytesWritten;
  }

  /** Completes the entry and reads from it. */
  async finish(
    index: SampleIndex,
    fingerprint: string,
    report: DatasetReport,
    files: readonly string[],
  ): Promise<TokenReader> {
    const columns = columnsOf(index).map(bytesOf);
    const checksums = {
      tokens: this.#checksum,
      index: columns.reduce((sum, bytes) => crc32(bytes, sum), 0),
    };
    await writeFile(join(this.#partial, INDEX), Buffer.concat(columns));
    const meta: Meta = {
      samples: index.lengths.length,
      tokens: this.#count,
      fingerprint,
      checksums,
      report: { ...report, notes: [] },
      files,
    };
    await this.#tokens.sync();
    await this.#close();
    await writeFile(join(this.#partial, META), JSON.stringify(meta));
    // Where another run was faster, its entry holds the same.
    await rename(this.#partial, this.path).catch(() =>
      rm(this.#partial, { recursive: true, force: true }),
    );
    await this.#onDone();
    return new TokensInFile(join(this.path, TOKENS));
  }

  async discard(): Promise<void> {
    await this.#close().catch(() => undefined);
    await rm(this.#partial, { recursive: true, force: true }).catch(() => undefined);
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#tokens.close();
  }
}

type ListName = 'truncated' | 'split' | 'dropped' | 'withoutEndOfTurn';

/** Rows named in a report, under the names that the files have now. */
function renamed(
  { report, files: then }: Meta,
  now: readonly string[],
): Pick<DatasetReport, ListName> {
  const nameOf = ({ file, row }: RowSource): RowSource => ({
    file: now[then.indexOf(file)] ?? file,
    row,
  });
  const list = (name: ListName): DatasetReport[ListName] => ({
    ...report[name],
    first: report[name].first.map(nameOf),
  });
  return {
    truncated: list('truncated'),
    split: list('split'),
    dropped: list('dropped'),
    withoutEndOfTurn: list('withoutEndOfTurn'),
  };
}

const columnsOf = (index: SampleIndex): readonly (Float64Array | Int32Array)[] => [
  index.offsets,
  index.lengths,
  index.trained,
  index.rows,
  index.files,
];
const bytesOf = (values: Float64Array | Int32Array): Buffer =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength);

async function readIndex(path: string, { samples, checksums }: Meta): Promise<SampleIndex> {
  const bytes = await readFile(path);
  if (bytes.length !== samples * 24 || crc32(bytes) !== checksums.index) throw new Error('damaged');
  const part = (place: number, width: number): ArrayBuffer =>
    bytes.buffer.slice(
      bytes.byteOffset + place * samples,
      bytes.byteOffset + (place + width) * samples,
    ) as ArrayBuffer;
  return {
    offsets: new Float64Array(part(0, 8)),
    lengths: new Int32Array(part(8, 4)),
    trained: new Int32Array(part(12, 4)),
    rows: new Int32Array(part(16, 4)),
    files: new Int32Array(part(20, 4)),
  };
}

async function checkedTokens(path: string, { tokens, checksums }: Meta): Promise<TokenReader> {
  const file = await open(path);
  try {
    if ((await file.stat()).size !== tokens * 4) throw new Error('damaged');
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    let sum = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, READ_BYTES);
      if (bytesRead === 0) break;
      sum = crc32(buffer.subarray(0, bytesRead), sum);
    }
    if (sum !== checksums.tokens) throw new Error('damaged');
  } finally {
    await file.close();
  }
  return new TokensInFile(path);
}

class TokensInFile implements TokenReader {
  readonly #path: string;
  #file: number | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'r');
  }

  read(offset: number, length: number): Int32Array {
    const ids = new Int32Array(length);
    if (this.#file === undefined)
      throw new AutomodelError('internal', 'the tokenised data is closed', {
        location: this.#path,
      });
    const bytesRead = readSync(this.#file, bytesOf(ids), 0, ids.byteLength, offset * 4);
    if (bytesRead !== ids.byteLength)
      throw new AutomodelError(
        'bad-file',
        'the tokenised data in the cache was cut off while it was in use',
        { location: this.#path, hint: 'remove it and start again' },
      );
    return ids;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
