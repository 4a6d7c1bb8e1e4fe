// Tokenised data sets on disk, each in a folder named by its key. A damaged entry is removed and
// made again; the least recently used go first when the cache grows too large.
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { RowSource } from '../sources/row-source.js';
import { META, readEntry, type EntryMeta } from './cache-entry.js';
import { CacheWriter, PARTIAL } from './cache-writer.js';
import type { DatasetReport } from './dataset-report.js';
import type { Dataset } from './load-dataset.js';
import { StoredSamples } from './stored-samples.js';
import { eachTally, type TallyName } from './row-tallies.js';

export interface CacheOptions {
  /** Folder of all entries. */
  readonly directory: string;
  /** Data files of fewer bytes are not kept. Default 4 MiB. */
  readonly minBytes?: number | undefined;
  /** Bytes of all entries. Default 50 GB. */
  readonly maxBytes?: number | undefined;
}

/** `AUTOMODEL_CACHE`, else `automodel` in `XDG_CACHE_HOME` or ~/.cache. */
export function defaultCacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const { AUTOMODEL_CACHE: own = '', XDG_CACHE_HOME: shared = '' } = environment;
  const base = shared === '' ? join(homedir(), '.cache') : shared;
  return join(own === '' ? join(base, 'automodel') : own, 'datasets');
}

const DEFAULT_MAX_BYTES = 50e9;
/** Entries and unfinished ones younger than this may be in use. */
const IN_USE_MILLISECONDS = 24 * 3600 * 1000;

export class DatasetCache {
  readonly #directory: string;
  readonly #maxBytes: number;

  constructor({ directory, maxBytes = DEFAULT_MAX_BYTES }: CacheOptions) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
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
    if ((await stat(folder).catch(() => undefined)) === undefined) return { notes: [] };
    try {
      const { meta, index, readers } = await readEntry(folder);
      const now = new Date();
      await utimes(join(folder, META), now, now).catch(() => undefined);
      const report = { ...meta.report, ...renamed(meta, files), fromCache: true };
      const samples = new StoredSamples(index, readers, files, meta.fingerprint);
      return { dataset: { samples, report }, notes: [] };
    } catch {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
      return {
        notes: [`the tokenised data in the cache was damaged and is made again (${folder})`],
      };
    }
  }

  /** Begins an entry; undefined where the cache cannot be written at all. */
  async write(key: string): Promise<CacheWriter | undefined> {
    return CacheWriter.begin(join(this.#directory, key), () => this.#evict(key)).catch(
      () => undefined,
    );
  }

  /**
   * Removes the least recently used entries beyond the size allowed, and what interrupted runs
   * left; never one used in the last day.
   */
  async #evict(own: string): Promise<void> {
    const names = await readdir(this.#directory).catch((): string[] => []);
    const entries = await Promise.all(
      names.map(async (name) => ({ name, ...(await this.#sizeOf(name)) })),
    );
    let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { name, bytes, used } of entries.sort((a, b) => a.used - b.used)) {
      if (name === own || Date.now() - used < IN_USE_MILLISECONDS) continue;
      if (!name.endsWith(PARTIAL) && total <= this.#maxBytes) continue;
      await rm(join(this.#directory, name), { recursive: true, force: true }).catch(
        () => undefined,
      );
      total -= bytes;
    }
  }

  /** Bytes of an entry, and when it was last written or opened. */
  async #sizeOf(name: string): Promise<{ readonly bytes: number; readonly used: number }> {
    const folder = join(this.#directory, name);
    let [bytes, used] = [0, 0];
    for (const file of await readdir(folder).catch((): string[] => [])) {
      const found = await stat(join(folder, file)).catch(() => undefined);
      bytes += found?.size ?? 0;
      used = Math.max(used, found?.mtimeMs ?? 0);
    }
    return { bytes, used };
  }
}

/** Rows named in a report, under the names that the files have now. */
function renamed(
  { report, files: then }: EntryMeta,
  now: readonly string[],
): Pick<DatasetReport, TallyName> {
  const nameOf = ({ file, row }: RowSource): RowSource => ({
    file: now[then.indexOf(file)] ?? file,
    row,
  });
  return eachTally((name) => ({ ...report[name], first: report[name].first.map(nameOf) }));
}
