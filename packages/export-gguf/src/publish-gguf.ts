// Puts a GGUF file and its Modelfile in place: into a folder, all at once and beside those of other
// types, or beside each other where a file is asked for. Each is written beside its place, checked
// and renamed; nothing else is replaced.
import {
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  diskError,
  publishDirectory,
  removeDeadStages,
  stagedPath,
  unfinished,
} from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import { compareGguf } from './gguf/compare-gguf.js';
import type { GgufMetadata } from './gguf/gguf-value.js';
import { writeGguf, type GgufTensor } from './gguf/write-gguf.js';

const MODELFILE = 'Modelfile';

const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined;

export interface GgufContent {
  readonly metadata: GgufMetadata;
  readonly tensors: readonly GgufTensor[];
  /** Text of the Modelfile, for the GGUF file's name. */
  modelfile(fileName: string): string;
}

export interface PublishedGguf {
  /** The GGUF file. */
  readonly path: string;
  readonly files: readonly string[];
  /** What is otherwise than usual. */
  readonly notes: readonly string[];
}

/**
 * `output`: a path that ends in .gguf, or a folder, in which the file is then called `defaultName`.
 * Beside the Modelfile of another file, the Modelfile has the name of its own file before it. Into
 * a folder, a file of the same name is written anew unless `overwrite` is false; a file that is
 * named itself is replaced only where it is true.
 * Errors: `conflict` for files that exist already, `io`; nothing is left behind in these cases.
 */
export async function publishGguf(
  output: string,
  defaultName: string,
  content: GgufContent,
  overwrite?: boolean,
): Promise<PublishedGguf> {
  const path = resolve(output);
  if (path.endsWith('.gguf')) return publishFile(path, content, overwrite);
  if (overwrite === false && (await exists(join(path, defaultName))))
    throw taken(join(path, defaultName));
  const { kept, modelfileName } = await earlierFiles(path, defaultName);
  await publishDirectory(path, async (built) => {
    for (const name of kept) await linkOrCopy(join(path, name), join(built, name));
    await writeBoth(built, defaultName, modelfileName, content);
  });
  return {
    path: join(path, defaultName),
    files: [defaultName, modelfileName].map((name) => join(path, name)),
    notes: modelfileName === MODELFILE ? [] : [otherModelfile(modelfileName)],
  };
}

/** Files of a folder that stay when `name` is written into it: other types, or other models. */
async function earlierFiles(
  folder: string,
  name: string,
): Promise<{ readonly kept: readonly string[]; readonly modelfileName: string }> {
  const present: readonly string[] = await readdir(folder).catch(() => []);
  const own = `${basename(name, '.gguf')}.${MODELFILE}`;
  const isOthers =
    present.includes(MODELFILE) &&
    !(await readFile(join(folder, MODELFILE), 'utf8'))
      .split('\n')
      .some((line) => line.endsWith(` ./${name}`));
  const modelfileName = isOthers ? own : MODELFILE;
  const kept = present.filter(
    (file) =>
      (file.endsWith('.gguf') || file.endsWith(MODELFILE)) &&
      ![name, own, modelfileName].includes(file),
  );
  return { kept, modelfileName };
}

const taken = (file: string): AutomodelError =>
  new AutomodelError('conflict', 'exists already', {
    location: file,
    hint: 'choose another output, or replace it with --force',
  });

/** Some file systems have no links. */
const linkOrCopy = (from: string, to: string): Promise<void> =>
  link(from, to).catch(() => copyFile(from, to));

const otherModelfile = (name: string): string =>
  `${MODELFILE} belongs to another file and was left as it is: this one has ${name}.`;

async function writeBoth(
  directory: string,
  name: string,
  modelfileName: string,
  { metadata, tensors, modelfile }: GgufContent,
): Promise<void> {
  await writeGguf(join(directory, name), metadata, tensors);
  await compareGguf(join(directory, name), tensors);
  await writeFile(join(directory, modelfileName), modelfile(name));
}

async function publishFile(
  path: string,
  content: GgufContent,
  overwrite = false,
): Promise<PublishedGguf> {
  const { modelfileName } = await earlierFiles(dirname(path), basename(path));
  const isTaken = modelfileName !== MODELFILE;
  const files = [path, join(dirname(path), modelfileName)];
  for (const file of overwrite ? [] : files) if (await exists(file)) throw taken(file);
  await removeDeadStages(path);
  const built = stagedPath(path);
  const { done } = unfinished(built);
  try {
    await mkdir(built, { recursive: true });
    await writeBoth(built, basename(path), modelfileName, content);
    for (const file of files.toReversed()) await rename(join(built, basename(file)), file);
  } catch (cause) {
    throw diskError(cause, path);
  } finally {
    await rm(built, { recursive: true, force: true });
    done();
  }
  return { path, files, notes: isTaken ? [otherModelfile(modelfileName)] : [] };
}
