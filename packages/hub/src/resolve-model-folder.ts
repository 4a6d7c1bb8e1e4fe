// From what a user calls a model to a folder on disk: a folder is used as it is; a hub id is
// fetched into the standard Hugging Face cache.
import { lstat, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { downloadSnapshot, type HubOptions } from './download-snapshot.js';
import { chooseModelFiles, missingModelFile, type ModelParts } from './model-files.js';
import { isHubId, type Repository } from './repository.js';
import { similarFolder } from './similar-folder.js';

/** Which files of a model to fetch, and how. */
export interface ResolveOptions extends HubOptions {
  /** Where relative folders start; by default the process's. */
  readonly workingDirectory?: string | undefined;
  /** The folder of the repository that holds the model. */
  readonly subfolder?: string | undefined;
  /** What is needed: `tokenizer` and `config` leave the weights out. Default `model`. */
  readonly parts?: ModelParts | undefined;
}

/**
 * The folder of `idOrFolder`. Errors: neither a folder nor a hub id, or a download that fails,
 * saying what to do.
 */
export async function resolveModelFolder(
  idOrFolder: string,
  options: ResolveOptions = {},
): Promise<string> {
  const path = resolve(options.workingDirectory ?? '.', idOrFolder);
  const info = await stat(path).catch(() => undefined);
  const { subfolder, parts = 'model', revision } = options;
  if (info?.isDirectory() === true && revision !== undefined)
    throw new AutomodelError(
      'bad-argument',
      `revision ${JSON.stringify(revision)} is for models of the hub, and ${idOrFolder} is a ` +
        'folder here',
      { hint: 'leave revision out, or name an id that is not a folder' },
    );
  if (info?.isDirectory() === true) return subfolder === undefined ? path : join(path, subfolder);
  if (info !== undefined)
    throw new AutomodelError(
      'bad-argument',
      'a model is a folder, and this is a file; name the folder that holds config.json',
      { location: path },
    );
  if ((await lstat(path).catch(() => undefined)) !== undefined)
    throw new AutomodelError('missing-file', 'this link leads nowhere', {
      location: path,
      hint: 'repair it, or name the folder that holds config.json',
    });
  const similar = await similarFolder(path);
  if (!isHubId(idOrFolder) || /^\.{1,2}(\/|$)/.test(idOrFolder)) {
    throw new AutomodelError('missing-file', `model folder ${path} does not exist`, {
      hint:
        similar === undefined
          ? 'check the path, or name a hub id such as Qwen/Qwen3-0.6B'
          : `${similar} does; or name a hub id such as Qwen/Qwen3-0.6B`,
    });
  }
  const repository: Repository = { type: 'model', id: idOrFolder };
  const inside = (snapshot: string): string =>
    subfolder === undefined ? snapshot : join(snapshot, subfolder);
  const snapshot = await downloadSnapshot({
    ...options,
    revision,
    repository,
    aside: `no folder here (${path}${similar === undefined ? '' : `; ${similar} exists`})`,
    choose: (files, read) => chooseModelFiles(repository, files, parts, subfolder, read),
    missing: (folder) => missingModelFile(inside(folder), parts),
  });
  return inside(snapshot.path);
}
