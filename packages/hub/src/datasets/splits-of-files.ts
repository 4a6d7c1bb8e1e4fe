// Which files of a data set repository belong to which split: by the patterns of its card, or by
// the names of files and folders, as the hub's own viewer reads them.
import { globMatcher, splitNamed } from '@automodel/core';

const DATA = /\.(parquet|jsonl|json|ndjson|csv|tsv|txt)(?:\.(?:gz|zst|bz2|xz))?$/i;
const NOT_DATA = [
  /^[._]/,
  /^README\.md$/i,
  /^(?:config|dataset_infos?|dataset_dict|state)\.json$/i,
  /^dummy_data\.zip$/i,
  /^requirements\.txt$/i,
  /^licen[sc]e/i,
];

/** Whether a file or a folder above it has a name that data does not have. */
const isBesideData = (path: string): boolean =>
  path.split('/').some((name) => NOT_DATA.some((pattern) => pattern.test(name)));

const FORMATS: Readonly<Record<string, string>> = { jsonl: 'json', ndjson: 'json', tsv: 'csv' };
const formatOf = (path: string): string => {
  const extension = DATA.exec(path)?.[1]?.toLowerCase() ?? '';
  return FORMATS[extension] ?? extension;
};

/** Paths in the order of their rows. */
export const inOrder = (paths: Iterable<string>): string[] => [...paths].sort();

/** The files of each split that patterns name, in order; empty where none is there. */
export function splitsByPattern(
  paths: readonly string[],
  patterns: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const matching = (pattern: string): string[] => {
    const relative = pattern.replace(/^\.?\/+/, '');
    const matches = globMatcher(relative.endsWith('/') ? `${relative}**` : relative);
    return inOrder(
      paths
        .filter((path) => matches(path) || path.startsWith(`${pattern}/`))
        .filter((path) => path === pattern || !isBesideData(path)),
    );
  };
  return new Map(
    [...patterns].map(([split, texts]) => [split, [...new Set(texts.flatMap(matching))]]),
  );
}

/**
 * By `data/<split>-00000-of-00001.*`, else by words in folders, else by words in files; where no
 * name tells, everything is train.
 */
export function splitsByName(all: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const paths = mainFormat(all.filter((path) => DATA.test(path) && !isBesideData(path)));
  if (paths.length === 0) return new Map();
  const shards = grouped(paths, (path) => /^data\/([\w.]+)-\d{5}-of-\d{5}\./.exec(path)?.[1]);
  if (shards.size > 0) return shards;
  const inFolders = grouped(paths, (path) =>
    path
      .split('/')
      .slice(0, -1)
      .map(splitNamed)
      .find((split) => split !== undefined),
  );
  if (inFolders.size > 0) return inFolders;
  const inFiles = grouped(paths, (path) =>
    splitNamed(path.slice(path.lastIndexOf('/') + 1).replace(DATA, '')),
  );
  return inFiles.size > 0 ? inFiles : new Map([['train', inOrder(paths)]]);
}

/** The files of the most frequent format: a table beside pictures or notes is the data. */
function mainFormat(paths: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(formatOf(path), (counts.get(formatOf(path)) ?? 0) + 1);
  const main = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  return paths.filter((path) => formatOf(path) === main);
}

function grouped(
  paths: readonly string[],
  splitOf: (path: string) => string | undefined,
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const path of inOrder(paths)) {
    const split = splitOf(path);
    if (split !== undefined) groups.set(split, [...(groups.get(split) ?? []), path]);
  }
  return groups;
}
