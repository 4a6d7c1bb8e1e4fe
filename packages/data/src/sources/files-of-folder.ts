// Which files of a folder are data. Prose beside tables (a README, notes in Markdown) is about the
// data, so it is left out; where there is nothing but prose, the prose is the data. What is left
// out is named, never dropped silently.
import { basename } from 'node:path';
import { isDataName, isMetadata, namedFormat } from './file-kind.js';

/** The files of a folder, told apart. Paths as given, in their order. */
export interface FilesOfFolder {
  readonly data: readonly string[];
  /** Files that nothing is read from; those that describe a data set to other tools not counted. */
  readonly skipped: readonly string[];
}

/** Files that every repository has and that are not about its subject. */
const ABOUT =
  /^(?:readme|licen[cs]e|copying|notice|changelog|contributing|citation|code_of_conduct)\b/i;
const PROSE = /\.(?:md|markdown|rst)(?:\.(?:gz|gzip|br|zst|zstd))?$/i;

/** `all`: paths of every file below the folder. */
export function filesOfFolder(all: readonly string[]): FilesOfFolder {
  const readable = all.filter(isDataName);
  const hasTables = readable.some((file) => namedFormat(file) !== 'text');
  const kept = readable.filter(
    (file) => !ABOUT.test(basename(file)) && !(hasTables && PROSE.test(file)),
  );
  const data = new Set(kept.length === 0 ? readable : kept);
  return {
    data: [...data],
    skipped: all.filter((file) => !data.has(file) && !isMetadata(file)),
  };
}

const NAMED = 3;

/** `4 files of FOLDER are not read: a.pdf, b.png, c.docx, ...`. */
export function skippedNote(folder: string, skipped: readonly string[]): string {
  const named = skipped.slice(0, NAMED).join(', ');
  const more = skipped.length > NAMED ? ', ...' : '';
  const [files, are] = skipped.length === 1 ? ['file', 'is'] : ['files', 'are'];
  return `${skipped.length} ${files} of ${folder} ${are} not read: ${named}${more}`;
}
