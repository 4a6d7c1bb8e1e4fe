// Which files of a repository make a model or an adapter here, and what to say about repositories
// that hold neither. Weights are safetensors; each is taken once, as its index names it.
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { nameOf, type Repository } from './repository.js';
import type { RepositoryFile } from './network/repository-file.js';

/**
 * `model`: everything of a model or adapter; `tokenizer` and `config`: the same without weights.
 */
export type ModelParts = 'model' | 'tokenizer' | 'config';

/**
 * Whether a file of a model is a config, tokenizer, template or licence: not weights of any kind,
 * pickles or pictures.
 */
export const isSmallFile = (path: string): boolean =>
  SMALL_FILES.some((pattern) => pattern.test(path));
const SMALL_FILES = [
  /^[^/]+\.(?:json|jinja|txt|model|tiktoken|py)$/,
  /^(?:LICENSE|LICENCE|NOTICE|USE_POLICY)[^/]*$/,
  /^additional_chat_templates\/[^/]+\.jinja$/,
];
export const INDEX = 'model.safetensors.index.json';
const WEIGHTS = 'model.safetensors';
export const ADAPTER_CONFIG = 'adapter_config.json';
const ADAPTER_WEIGHTS = 'adapter_model.safetensors';
/** Weights under a name of their own; `consolidated` files are a second copy in another layout. */
const LONE_WEIGHTS = /^(?!consolidated)[^/]+\.safetensors$/;
const TOKENIZER_FILES = [
  'tokenizer.json',
  'tokenizer.model',
  'vocab.json',
  'tokenizer_config.json',
  'spiece.model',
];

interface OtherWeights {
  readonly pattern: RegExp;
  readonly name: string;
  readonly hint: string;
}

const GGUF: OtherWeights = {
  pattern: /\.gguf$/,
  name: 'GGUF files',
  hint: 'name the repository of the original weights, from which the GGUF was made',
};

/** Files that hold weights which are not read here. */
const OTHER_WEIGHTS: readonly OtherWeights[] = [
  GGUF,
  {
    pattern: /\.(?:bin|pt|pth|ckpt)$/,
    name: 'pickle files, which can run code',
    hint:
      'look for a revision with safetensors (the hub offers conversions as refs/pr/N), or ' +
      'another copy of the model',
  },
  {
    pattern: /\.(?:h5|msgpack|tflite|onnx|mlmodel)$/,
    name: 'weights of other frameworks',
    hint: 'look for a copy of the model with safetensors',
  },
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
  const small = [...files].filter(([path]) => isSmallFile(path));
  if (parts === 'tokenizer' && TOKENIZER_FILES.some((name) => files.has(name)))
    return small.map(([, file]) => file);
  checkConfig(repository, files);
  if (parts !== 'model') return small.map(([, file]) => file);
  const index = files.get(INDEX);
  const shards =
    index === undefined ? undefined : shardsOf(await read(index), `${repository.id}/${index.path}`);
  const weights = weightFiles(files, shards);
  checkWeights(repository, files, weights);
  return [...files]
    .filter(([path]) => isSmallFile(path) || weights.has(path))
    .map(([, file]) => file);
}

/** The weights: what the index names, else the usual names, else every safetensors file. */
function weightFiles(
  files: ReadonlyMap<string, RepositoryFile>,
  shards: ReadonlySet<string> | undefined,
): ReadonlySet<string> {
  const weights = new Set(shards ?? (files.has(WEIGHTS) ? [WEIGHTS] : []));
  if (files.has(ADAPTER_CONFIG) && files.has(ADAPTER_WEIGHTS)) weights.add(ADAPTER_WEIGHTS);
  if (weights.size > 0) return weights;
  return new Set([...files.keys()].filter((path) => LONE_WEIGHTS.test(path)));
}

function checkConfig(repository: Repository, files: ReadonlyMap<string, RepositoryFile>): void {
  if (files.has('config.json') || files.has(ADAPTER_CONFIG)) return;
  const paths = [...files.keys()];
  const nested = paths
    .filter((path) => basename(path) === 'config.json' && path.includes('/'))
    .map((path) => path.slice(0, path.lastIndexOf('/')));
  const hasGguf = paths.some((path) => GGUF.pattern.test(path));
  const only = hasGguf ? `, only ${GGUF.name}` : '';
  const pipeline = files.has('model_index.json') ? ', it is a pipeline of several models' : '';
  const inLayout =
    nested.length > 0
      ? `its folders ${nested.slice(0, 3).join(', ')} hold models; name one as subfolder`
      : 'name a repository that holds a model in Hugging Face layout';
  throw new AutomodelError(
    hasGguf ? 'unsupported' : 'missing-file',
    `${nameOf(repository)} holds no config.json${only}${pipeline}`,
    { hint: hasGguf ? GGUF.hint : inLayout },
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
  const other = OTHER_WEIGHTS.find(({ pattern }) =>
    [...files.keys()].some((path) => pattern.test(path)),
  );
  if (other === undefined)
    throw new AutomodelError(
      'missing-file',
      `${nameOf(repository)} holds no safetensors and no other weights`,
      { hint: 'name a repository that holds the trained weights' },
    );
  throw new AutomodelError(
    'unsupported',
    `${nameOf(repository)} holds no safetensors, only ${other.name}`,
    { hint: other.hint },
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
    // text that is not JSON or has no weight_map names no files either
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
  if (!(await has('config.json'))) {
    if (!(await has(ADAPTER_CONFIG))) return 'config.json';
    return (await has(ADAPTER_WEIGHTS)) ? undefined : ADAPTER_WEIGHTS;
  }
  if (parts === 'config') return undefined;
  if (await has(INDEX)) {
    for (const shard of shardsOf(await readFile(join(folder, INDEX), 'utf8'), join(folder, INDEX)))
      if (!(await has(shard))) return shard;
  } else if (!(await readdir(folder)).some((name) => name.endsWith('.safetensors'))) return WEIGHTS;
  return (await anyOf(TOKENIZER_FILES)) ? undefined : TOKENIZER_FILES[0];
}
