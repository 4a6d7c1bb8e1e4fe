// Writes one entry of the cache while rows are tokenised: beside its place, and renamed when it is
// complete, so that several runs can make the same one at once.
import { mkdir, open, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { DenseArray } from '@automodel/core';
import {
  columnFile,
  INDEX,
  indexBytes,
  META,
  openColumns,
  type EntryMeta,
  type StoredColumn,
} from './cache-entry.js';
import type { SampleReaders } from './column-readers.js';
import type { DatasetReport } from './dataset-report.js';
import type { SampleColumn } from './sample-columns.js';
import type { SampleIndex } from './sample-index.js';
import { TOKENS } from './sample-arrays.js';

/** Ends the name of a folder that is not complete. */
export const PARTIAL = '.partial';

/** Writes one entry. */
export class CacheWriter {
  /** Where the entry will be. */
  readonly path: string;
  readonly #partial: string;
  readonly #onDone: () => Promise<void>;
  readonly #files = new Map<string, ColumnWriter>();

  /** Begins an entry. Errors: those of the file system. */
  static async begin(path: string, onDone: () => Promise<void>): Promise<CacheWriter> {
    const own = `${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
    const writer = new CacheWriter(path, `${path}.${own}${PARTIAL}`, onDone);
    await mkdir(writer.#partial, { recursive: true });
    await writer.#file(TOKENS);
    return writer;
  }

  private constructor(path: string, partial: string, onDone: () => Promise<void>) {
    this.path = path;
    this.#partial = partial;
    this.#onDone = onDone;
  }

  async append(
    columns: readonly (SampleColumn & { readonly values: DenseArray })[],
  ): Promise<void> {
    for (const column of columns) await (await this.#file(column)).append(column.values);
  }

  /** Completes the entry and reads from it. */
  async finish(
    index: SampleIndex,
    fingerprint: string,
    report: DatasetReport,
    files: readonly string[],
  ): Promise<SampleReaders> {
    const bytes = indexBytes(index);
    await writeFile(join(this.#partial, INDEX), bytes);
    const columns: StoredColumn[] = [];
    for (const column of index.columns) columns.push(await this.#finished(column));
    const meta: EntryMeta = {
      samples: index.rows.length,
      fingerprint,
      tokens: await this.#finished(index.tokens),
      columns,
      indexChecksum: crc32(bytes),
      report: { ...report, notes: [] },
      files,
    };
    await writeFile(join(this.#partial, META), JSON.stringify(meta));
    // Where another run was faster, its entry holds the same.
    await rename(this.#partial, this.path).catch(() =>
      rm(this.#partial, { recursive: true, force: true }),
    );
    await this.#onDone();
    return openColumns(this.path, meta);
  }

  async discard(): Promise<void> {
    for (const file of this.#files.values()) await file.close().catch(() => undefined);
    await rm(this.#partial, { recursive: true, force: true }).catch(() => undefined);
  }

  async #finished({ column, dtype, per, width }: SampleColumn): Promise<StoredColumn> {
    const type = { column, dtype, per, width };
    return { ...type, ...(await (await this.#file(type)).finish()) };
  }

  async #file({ column }: SampleColumn): Promise<ColumnWriter> {
    const known = this.#files.get(column);
    if (known !== undefined) return known;
    const made = new ColumnWriter(await open(join(this.#partial, columnFile(column)), 'w'));
    this.#files.set(column, made);
    return made;
  }
}

/** Writes the file of one column. */
class ColumnWriter {
  readonly #file: FileHandle;
  #checksum = 0;
  #numbers = 0;
  #closed = false;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async append(values: DenseArray): Promise<void> {
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    this.#checksum = crc32(bytes, this.#checksum);
    this.#numbers += values.length;
    for (let written = 0; written < bytes.length;)
      written += (await this.#file.write(bytes, written)).bytesWritten;
  }

  async finish(): Promise<{ readonly numbers: number; readonly checksum: number }> {
    await this.#file.sync();
    await this.close();
    return { numbers: this.#numbers, checksum: this.#checksum };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.close();
  }
}
