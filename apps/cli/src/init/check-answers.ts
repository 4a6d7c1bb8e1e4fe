// What is wrong with an answer of `init`, in a sentence; it is asked again then. Nothing is
// fetched: what could be an id of the hub is taken as one.
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { existsLocally, openDataFiles, readRows, splitsOfFolder } from '@automodel/data';

/** True: the answer can be used. */
export type Verdict = true | string;

const HUB_ID = /^[\w-][\w.-]*\/[\w-][\w.-]*$/;

/** Kinds of what a path names. */
async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) return 'nothing';
  return facts.isDirectory() ? 'folder' : 'file';
}

/** The verdict on a name that is not on this machine. */
const asHubId = (name: string, what: string): Verdict =>
  HUB_ID.test(name) ||
  `There is no ${JSON.stringify(name)} here; ${what} of the hub is written owner/name.`;

/** A model folder, or an id of the hub. */
export async function checkModel(answer: string, workingDirectory: string): Promise<Verdict> {
  const path = resolve(workingDirectory, answer);
  switch (await kindOf(path)) {
    case 'nothing':
      return asHubId(answer, 'a model');
    case 'file':
      return `${answer} is a file: name the folder of the model, which holds config.json.`;
    case 'folder':
      return (
        (await kindOf(join(path, 'config.json'))) === 'file' ||
        `${answer} holds no config.json, so it is not the folder of a model.`
      );
  }
}

/** Files with rows that can be read, or an id of the hub. */
export async function checkData(answer: string, workingDirectory: string): Promise<Verdict> {
  if (!(await existsLocally(answer, workingDirectory))) return asHubId(answer, 'a data set');
  try {
    const splits = await splitsOfFolder(answer, workingDirectory);
    const split = splits.has('train') ? 'train' : undefined;
    for (const file of await openDataFiles(answer, { workingDirectory, split }))
      for await (const _row of readRows(file)) return true;
    return `${answer} holds no rows.`;
  } catch (error) {
    if (!(error instanceof AutomodelError)) throw error;
    const hint = error.hint === undefined ? '' : ` (${error.hint})`;
    return `${answer}: ${error.message}${hint}.`;
  }
}

/** A folder that is new or empty. */
export async function checkOutput(answer: string, workingDirectory: string): Promise<Verdict> {
  const path = resolve(workingDirectory, answer);
  switch (await kindOf(path)) {
    case 'nothing':
      return true;
    case 'file':
      return `${answer} is a file: name a folder.`;
    case 'folder':
      return (await readdir(path)).length === 0 || `${answer} is not empty: name another folder.`;
  }
}
