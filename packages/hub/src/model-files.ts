// Which files of a repository make a model or an adapter here, and what is said of repositories
// that hold neither. Weights are safetensors; each is taken once, as its index names it.
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { nameOf, type Repository } from './repository.js';
import type { RepositoryFile } from './repository-file.js';

/**
 * `model`: everything of a model or adapter; `tokenizer` and `config`: the same without weights.
 */
export type ModelParts = 'model' | 'tokenizer' | 'config';

/**
 * Files of a model that are no weights: configs, tokenizers, templates and licences; not pickles,
 * other frameworks' weights or pictures.
 */
export const SMALL =
  /^(?:[^/]+\.(?:json|jinja|txt|model|tiktoken|py)|(?:LICENSE|LICENCE|NOTICE|USE_POLICY)[^/]*|additional_chat_templates\/[^/]+\.jinja)$/;
export const INDEX = 'model.safetensors.index.json';
const WEIGHTS = 'model.safetensors';
export const ADAPTER_CONFIG = 'adapter_config.json';
const ADAPTER_WEIGHTS = 'adapter_model.safetensors';
const TOKENIZER_FILES = [
  'tokenizer.json',
  'tokenizer.model',
  'vocab.json',
  'tokenizer_config.json',
  'spiece.model',
];

/** Files that hold weights which are not read here, by what they are called. */
const OTHER_WEIGHTS: readonly (readonly [RegExp, string, string])[] = [
  [
    /\.gguf$/,
    'GGUF files',
    'name the repository of the original weights, from which the GGUF was made',
  ],
  [
    /\.(?:bin|pt|pth|ckpt)$/,
    'pickle files, which can run code',
    'look for a revision with safetensors (the hub offers conversions as refs/pr/N), or another ' +
      'copy of the model',
  ],
  [
    /\.(?:h5|msgpack|tflite|onnx|mlmodel)$/,
    'weights of other frameworks',
    'look for a copy of the model with safetensors',
  ],
];

/**
 * The files to fetch, in the listing's order. `read` fetches one. Errors: `missing-file` or
 * `unsupported` for a repository that holds no model.
 */
export async function chooseModelFiles(
  repository: Repository,
  all: readonly RepositoryFile[],
  parts: ModelParts,
  subfolder: string | undefined,
  read: (file: RepositoryFile) => Promise<string>,
): Promise<readonly RepositoryFile[]> {
  const prefix = subfolder === undefined ? '' : `${subfolder.replace(/^\/+|\/+$/g, '')}/`;
  const files = new Map(
    all
      .filter(({ path }) => path.startsWith(prefix))
      .map((file) => [file.path.slice(prefix.length), file]),
  );
  if (prefix !== '' && files.size === 0)
    throw new AutomodelError(
      'missing-file',
      `${nameOf(repository)} has no folder ${prefix.slice(0, -1)}`,
    );
  const small = [...files].filter(([path]) => SMALL.test(path));
  if (parts === 'tokenizer' && TOKENIZER_FILES.some((name) => files.has(name)))
    return small.map(([, file]) => file);
  checkConfig(repository, files);
  if (parts !== 'model') return small.map(([, file]) => file);
  const weights = new Set<string>();
  const index = files.get(INDEX);
  if (index !== undefined)
    for (const shard of shardsOf(await read(index), `${repository.id}/${index.path}`))
      weights.add(shard);
  else if (files.has(WEIGHTS)) weights.add(WEIGHTS);
  if (files.has(ADAPTER_CONFIG) && files.has(ADAPTER_WEIGHTS)) weights.add(ADAPTER_WEIGHTS);
  if (weights.size === 0)
    for (const path of files.keys())
      if (/^(?!consolidated)[^/]+\.safetensors$/.test(path)) weights.add(path);
  checkWeights(repository, files, weights);
  return [...files]
    .filter(([path]) => SMALL.test(path) || weights.has(path))
    .map(([, file]) => file);
}

function checkConfig(repository: Repository, files: ReadonlyMap<string, RepositoryFile>): void {
  if (files.has('config.json') || files.has(ADAPTER_CONFIG)) return;
  const paths = [...files.keys()];
  const nested = paths
    .filter((path) => basename(path) === 'config.json' && path.includes('/'))
    .map((path) => path.slice(0, path.lastIndexOf('/')));
  const gguf = paths.some((path) => path.endsWith('.gguf')) ? ', only GGUF files' : '';
  const pipeline = files.has('model_index.json') ? ', it is a pipeline of several models' : '';
  throw new AutomodelError(
    gguf === '' ? 'missing-file' : 'unsupported',
    `${nameOf(repository)} holds no config.json${gguf}${pipeline}`,
    {
      hint:
        gguf !== ''
          ? OTHER_WEIGHTS[0]![2]
          : nested.length > 0
            ? `its folders ${nested.slice(0, 3).join(', ')} hold models; name one as subfolder`
            : 'name a repository that holds a model in Hugging Face layout',
    },
  );
}

function checkWeights(
  repository: Repository,
  files: ReadonlyMap<string, RepositoryFile>,
  weights: ReadonlySet<string>,
): void {
  const absent = [...weights].find((path) => !files.has(path));
  if (absent !== undefined)
    throw new AutomodelError(
      'missing-file',
      `${nameOf(repository)} lacks ${absent}, which its ${INDEX} names`,
      { hint: 'try another revision, or ask its owner' },
    );
  if (weights.size > 0) return;
  const [, what, hint] = OTHER_WEIGHTS.find(([pattern]) =>
    [...files.keys()].some((path) => pattern.test(path)),
  ) ?? [undefined, undefined, 'name a repository that holds the trained weights'];
  throw new AutomodelError(
    what === undefined ? 'missing-file' : 'unsupported',
    `${nameOf(repository)} holds no ` +
      `safetensors${what === undefined ? ' and no other weights' : `, only ${what}`}`,
    { hint },
  );
}

/** The files that the text of an index names. Errors: `bad-file`. */
export function shardsOf(text: string, location: string): ReadonlySet<string> {
  try {
    const { weight_map: map } = JSON.parse(text) as {
      readonly weight_map: Readonly<Record<string, unknown>>;
    };
    const shards = new Set(Object.values(map));
    if (shards.size > 0 && [...shards].every((shard) => typeof shard === 'string'))
      return shards as ReadonlySet<string>;
  } catch {
    // what is no JSON or has no weight_map names no files either
  }
  throw new AutomodelError('bad-file', 'names no weight files', {
    location,
    hint: 'the index of sharded weights maps each tensor to its file under weight_map',
  });
}

const exists = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** What a folder lacks of a complete model or adapter, by its own files; undefined when nothing. */
export async function missingModelFile(
  folder: string,
  parts: ModelParts,
): Promise<string | undefined> {
  const has = (name: string): Promise<boolean> => exists(join(folder, name));
  const anyOf = async (names: readonly string[]): Promise<boolean> =>
    (await Promise.all(names.map(has))).includes(true);
  if (parts === 'tokenizer') return (await anyOf(TOKENIZER_FILES)) ? undefined : TOKENIZER_FILES[0];
  if (!(await has('config.json')))
    return (await has(ADAPTER_CONFIG))
      ? (await has(ADAPTER_WEIGHTS))
        ? undefined
        : ADAPTER_WEIGHTS
      : 'config.json';
  if (parts === 'config') return undefined;
  if (await has(INDEX)) {
    for (const shard of shardsOf(await readFile(join(folder, INDEX), 'utf8'), join(folder, INDEX)))
      if (!(await has(shard))) return shard;
  } else if (!(await readdir(folder)).some((name) => name.endsWith('.safetensors'))) return WEIGHTS;
  return (await anyOf(TOKENIZER_FILES)) ? undefined : TOKENIZER_FILES[0];
}
