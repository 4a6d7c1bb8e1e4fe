// From what a user calls a model to a folder on disk: a folder is used as it is; a hub id is fetched into the standard Hugging Face cache (HF_HOME, HF_ENDPOINT and HF_TOKEN are honoured).
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { snapshotDownload } from '@huggingface/hub';

/** `owner/name` or `name`, in the hub's alphabet. */
const HUB_ID = /^(?:[\w.-]+\/)?[\w.-]+$/;

export interface ResolveOptions {
  readonly revision?: string | undefined;
  /** Where relative folders start; by default the process's. */
  readonly workingDirectory?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The folder of `idOrFolder`. Errors: neither a folder nor a hub id, or a download that fails, saying what to do. */
export async function resolveModelFolder(idOrFolder: string, options: ResolveOptions = {}): Promise<string> {
  const path = resolve(options.workingDirectory ?? '.', idOrFolder);
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory() === true) return path;
  if (info !== undefined) throw new AutomodelError('bad-argument', `model ${idOrFolder} is a file; name the folder that holds config.json`, { location: path });
  if (!HUB_ID.test(idOrFolder) || /^\.{1,2}(\/|$)/.test(idOrFolder)) throw new AutomodelError('missing-file', `model folder ${path} does not exist`, { hint: 'check the path, or name a hub id such as Qwen/Qwen3-0.6B' });
  return download(idOrFolder, path, options);
}

/** What a model folder is made of here: configs, tokenizers, templates, licences and safetensors; not pickles, second copies of the weights, other frameworks' weights or pictures. */
const NEEDED = /^(?!consolidated)(?:[^/]+\.(?:json|jinja|safetensors|txt|model|tiktoken|py)|(?:LICENSE|LICENCE|NOTICE|USE_POLICY)[^/]*|additional_chat_templates\/[^/]+\.jinja)$/;
const isListing = (url: string): boolean => /\/api\/models\/.+\/tree\//.test(url);

interface TreeEntry {
  readonly type: string;
  readonly path: string;
}

/** A fetch that leaves files nobody needs out of repository listings, so that they are not downloaded. */
const fetchNeeded: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const url = input instanceof Request ? input.url : String(input);
  if (!response.ok || !isListing(url)) return response;
  const entries = (await response.json()) as readonly TreeEntry[];
  const needed = entries.filter((entry) => entry.type === 'file' && NEEDED.test(entry.path));
  const headers = new Headers(response.headers);
  for (const name of ['content-length', 'content-encoding']) headers.delete(name);
  return new Response(JSON.stringify(needed), { status: response.status, headers });
};

async function download(id: string, path: string, { revision, environment = process.env }: ResolveOptions): Promise<string> {
  const endpoint = environment['HF_ENDPOINT'];
  const token = environment['HF_TOKEN'];
  const home = environment['HF_HOME'];
  const cacheDir = environment['HF_HUB_CACHE'] ?? environment['HUGGINGFACE_HUB_CACHE'] ?? (home === undefined ? undefined : join(home, 'hub'));
  try {
    return await snapshotDownload({
      repo: { type: 'model', name: id }, fetch: fetchNeeded, ...(revision === undefined ? {} : { revision }),
      ...(endpoint === undefined ? {} : { hubUrl: endpoint.replace(/\/+$/, '') }), ...(token === undefined ? {} : { accessToken: token }),
      ...(cacheDir === undefined ? {} : { cacheDir }),
    });
  } catch (cause) {
    throw new AutomodelError('network', `model ${id} is no folder here (${path}) and cannot be fetched from the hub: ${(cause as Error).message}`, { hint: 'check the name and the network; gated repositories need HF_TOKEN', cause });
  }
}
