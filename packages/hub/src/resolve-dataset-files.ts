// From the id of a data set on the hub to the files of one split on disk: only the asked split of
// the asked configuration is fetched.
// A data set that is a script, or in a form that is not read, comes from the Parquet copy that the
// hub keeps at refs/convert/parquet.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { AutomodelError } from '@automodel/core';
import {
  chooseConverted,
  chooseSplit,
  CONVERTED,
  type ChosenSplit,
  type SplitRequest,
} from './datasets/choose-split.js';
import { downloadSnapshot, type HubOptions, type Snapshot } from './download-snapshot.js';
import { isHubId, type Repository } from './repository.js';

/** Which split of a data set to fetch, and how. */
export interface DatasetOptions extends HubOptions {
  /**
   * The split; a slice after it, as in `train[:100]`, is left to the reader of the rows. Default
   * `train`.
   */
  readonly split?: string | undefined;
  /** The configuration; needed where there are several and none is the default. */
  readonly name?: string | undefined;
  /** What else the id could have meant. */
  readonly aside?: string | undefined;
}

/** The files of a split on this machine. */
export interface DatasetFiles {
  /** Absolute paths, in the order of rows. */
  readonly files: readonly string[];
  /** The commit they are from. */
  readonly revision: string;
  readonly configuration: string;
  readonly split: string;
}

const PARQUET_COPY = 'refs/convert/parquet';
const CARD = 'README.md';

/**
 * Errors: `missing-file` for a data set, revision, configuration or split that is not there, saying
 * what is; `unsupported`; those of the download.
 */
export async function resolveDatasetFiles(
  id: string,
  options: DatasetOptions = {},
): Promise<DatasetFiles> {
  if (!isHubId(id))
    throw new AutomodelError(
      'missing-file',
      `${JSON.stringify(id)} is neither a file here nor the id of a data set`,
      { hint: 'check the path, or name a data set of the hub such as rajpurkar/squad' },
    );
  const request: SplitRequest = {
    id,
    split: (options.split ?? 'train').replace(/\[.*$/, ''),
    name: options.name,
  };
  if (options.revision !== PARQUET_COPY) {
    const own = await fetched(id, options, (paths, card) => chooseSplit(paths, card, request));
    if (own !== CONVERTED) return own;
    if (options.revision !== undefined)
      options.onNote?.(
        `data set ${id} is read from the hub's Parquet copy, which does not follow revision ` +
          `${options.revision}`,
      );
  }
  try {
    const copy = await fetched(id, { ...options, revision: PARQUET_COPY }, (paths) =>
      chooseConverted(paths, request),
    );
    if (copy !== CONVERTED) return copy;
  } catch (cause) {
    if (!(cause instanceof AutomodelError) || !cause.message.includes('has no revision'))
      throw cause;
  }
  throw new AutomodelError(
    'unsupported',
    `data set ${id} holds no JSON, CSV, Parquet or text files, and the hub keeps no Parquet copy ` +
      'of it',
    { hint: 'download it and convert it to JSON lines or Parquet' },
  );
}

type Choice = ChosenSplit | typeof CONVERTED;

async function fetched(
  id: string,
  options: DatasetOptions,
  choose: (paths: readonly string[], card: string | undefined) => Choice,
): Promise<DatasetFiles | typeof CONVERTED> {
  const repository: Repository = { type: 'dataset', id };
  let choice = CONVERTED as Choice;
  const snapshot: Snapshot = await downloadSnapshot({
    ...options,
    repository,
    aside: options.aside,
    choose: async (files, read) => {
      const card = files.find(({ path }) => path === CARD);
      choice = choose(
        files.map(({ path }) => path),
        card === undefined ? undefined : await read(card),
      );
      if (choice === CONVERTED) return [];
      const byPath = new Map(files.map((file) => [file.path, file]));
      return choice.paths.flatMap((path) => byPath.get(path) ?? []);
    },
    missing: async (folder) => {
      const paths = await filesBelow(folder);
      const card = paths.includes(CARD) ? await readFile(join(folder, CARD), 'utf8') : undefined;
      const found = chosenOf(paths, card, choose);
      if (found === undefined) return `split ${options.split ?? 'train'}`;
      choice = found;
      return found === CONVERTED ? undefined : missingShard(found.paths);
    },
  });
  return choice === CONVERTED ? CONVERTED : filesOf(choice, snapshot, options);
}

function filesOf(
  { paths, configuration, split, notes }: ChosenSplit,
  snapshot: Snapshot,
  { onNote }: DatasetOptions,
): DatasetFiles {
  for (const note of notes) onNote?.(note);
  const files = paths.map((path) => join(snapshot.path, path));
  return { files, revision: snapshot.commit, configuration, split };
}

/** The choice among files that may be incomplete; undefined if they are not enough for it. */
function chosenOf(
  paths: readonly string[],
  card: string | undefined,
  choose: (paths: readonly string[], card: string | undefined) => Choice,
): Choice | undefined {
  try {
    return choose(paths, card);
  } catch (error) {
    if (error instanceof AutomodelError) return undefined;
    throw error;
  }
}

/** Paths with `/` of the files below `folder`. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

/** The first shard of a series such as `x-00000-of-00004.parquet` that is not there. */
function missingShard(paths: readonly string[]): string | undefined {
  const there = new Set(paths);
  for (const path of paths) {
    const [, start = '', count = '0', end = ''] = /^(.*-)\d{5}-of-(\d{5})(\..*)$/.exec(path) ?? [];
    for (let i = 0; i < Number(count); i++) {
      const shard = `${start}${String(i).padStart(5, '0')}-of-${count}${end}`;
      if (!there.has(shard)) return shard;
    }
  }
  return undefined;
}
