// Pushes a fine-tuned model or adapter to the hub, with a model card written from its run. A card
// that a person wrote, here or there, is never replaced.
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AutomodelError } from '@automodel/core';
import {
  commitIter,
  createBranch,
  createRepo,
  HubApiError,
  type CommitOutput,
} from '@huggingface/hub';
import { hubSettings, type Environment } from '../hub-settings.js';
import { HubClient } from '../network/hub-client.js';
import { HubFailure } from '../network/hub-failure.js';
import type { RetryTiming } from '../network/retrying.js';
import { fileUrl, isHubId, pageOf, type Repository } from '../repository.js';
import { describeResult } from './describe-result.js';
import { explainPush } from './explain-push.js';
import { CARD_MARK, modelCard } from './model-card.js';
import { resultFiles, type ResultFiles } from './result-files.js';

/** Where a folder is pushed, and what with it. */
export interface PushOptions {
  /** `owner/name`; made where it does not exist. */
  readonly repository: string;
  /** Whether a new repository is private; by default as the owner's settings say. */
  readonly private?: boolean | undefined;
  /** Branch; made where it does not exist. Default main. */
  readonly revision?: string | undefined;
  /** Title of the commit. */
  readonly message?: string | undefined;
  /** Hub id of the model that was trained, where the folder names a folder of this machine. */
  readonly base?: string | undefined;
  /** Push a checkpoint with the state that resuming needs. */
  readonly withTrainingState?: boolean | undefined;
  /** Look at everything and change nothing on the hub. */
  readonly dryRun?: boolean | undefined;
  readonly workingDirectory?: string | undefined;
  readonly environment?: Environment | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PushProgress) => void) | undefined;
  readonly timing?: Partial<RetryTiming> | undefined;
}

/** A file was hashed or sent as far as `share`, from 0 to 1. */
export interface PushProgress {
  readonly file: string;
  readonly state: 'hashing' | 'uploading';
  readonly share: number;
}

/** What was pushed, or would be. */
export interface PushResult {
  /** The page of the model. */
  readonly url: string;
  /** Absent for a dry run. */
  readonly commit: string | undefined;
  readonly kind: 'model' | 'adapter';
  readonly files: readonly string[];
  /** The card written from the run; undefined where a person's card stays. */
  readonly card: string | undefined;
  readonly notes: readonly string[];
}

const CARD = 'README.md';

/**
 * Errors: `missing-file`, `conflict`, `bad-argument` before anything is sent; `network` from the
 * hub, saying what to do.
 */
export async function pushFolder(folder: string, options: PushOptions): Promise<PushResult> {
  const { repository: id, environment } = options;
  const workingDirectory = resolve(options.workingDirectory ?? '.');
  const path = resolve(workingDirectory, folder);
  if (!isHubId(id) || !id.includes('/'))
    throw new AutomodelError('bad-argument', `${JSON.stringify(id)} is not a repository`, {
      hint: 'name it as owner/name, with letters, digits, - _ and . only',
    });
  const files = await resultFiles(path, options.withTrainingState ?? false);
  const settings = await hubSettings(environment);
  if (settings.token === undefined && options.dryRun !== true)
    throw new AutomodelError('bad-argument', 'pushing needs a token of the hub', {
      hint: `make one with write access at ${settings.endpoint}/settings/tokens and set HF_TOKEN`,
    });
  if (settings.offlineBecause !== undefined && options.dryRun !== true)
    throw new AutomodelError('network', `${settings.offlineBecause} forbids the network`, {
      hint: 'unset it to push',
    });
  const repository: Repository = { type: 'model', id };
  const client = new HubClient(settings, {
    signal: options.signal,
    timing: options.timing,
    alwaysSendToken: true,
  });
  try {
    return await push(path, files, repository, client, { ...options, workingDirectory });
  } catch (error) {
    throw explainPush(error, settings, repository);
  }
}

type Pushing = PushOptions & { readonly workingDirectory: string };

async function push(
  folder: string,
  files: ResultFiles,
  repository: Repository,
  client: HubClient,
  options: Pushing,
): Promise<PushResult> {
  const { revision = 'main', dryRun } = options;
  const page = pageOf(client.settings.endpoint, repository);
  const { configs, facts } = await describeResult(folder, files, repository, client, options);
  if (dryRun !== true) await prepare(client, repository, options);
  const kept = await keptCard(files, repository, client, revision, dryRun === true);
  const card = kept === undefined ? modelCard(facts) : undefined;
  const paths = [...files.paths, ...(card === undefined ? [] : [CARD])].sort();
  const result = {
    url: revision === 'main' ? page : `${page}/tree/${encodeURIComponent(revision)}`,
    kind: files.kind,
    files: paths,
    card,
    notes: [checkpointNote(files.checkpoints), kept].filter((note) => note !== undefined),
  };
  if (dryRun === true) return { ...result, commit: undefined };
  const contents = new Map([...configs, ...(card === undefined ? [] : [[CARD, card] as const])]);
  const commit = await upload(client, repository, folder, paths, contents, options);
  return { ...result, commit };
}

/** What happens to checkpoints of the run, when there are any. */
function checkpointNote(checkpoints: readonly string[]): string | undefined {
  const [first] = checkpoints;
  if (first === undefined) return undefined;
  return checkpoints.length === 1
    ? `1 checkpoint of the run stays here (${first})`
    : `${checkpoints.length} checkpoints of the run stay here (${first})`;
}

/**
 * A note for the user on the card that stays instead of a written one; undefined when none does.
 */
async function keptCard(
  { hasCard }: ResultFiles,
  repository: Repository,
  client: HubClient,
  revision: string,
  dryRun: boolean,
): Promise<string | undefined> {
  if (hasCard) return 'README.md of the folder is pushed as it is';
  const theirs = dryRun ? undefined : await remoteCard(client, repository, revision);
  if (theirs === undefined || theirs.includes(CARD_MARK) || isEmptyCard(theirs)) return undefined;
  return 'README.md on the hub was written by a person and stays as it is';
}

/** Makes repository and branch where they do not exist. */
async function prepare(
  client: HubClient,
  repository: Repository,
  { private: isPrivate, revision }: Pushing,
): Promise<void> {
  const { endpoint, token } = client.settings;
  const request = {
    repo: { type: repository.type, name: repository.id },
    hubUrl: endpoint,
    fetch: client.fetch,
  } as const;
  await createRepo({
    ...request,
    // the library refuses tokens that do not begin with hf_; the client sends the real one
    accessToken: token?.value.startsWith('hf_') === true ? token.value : 'hf_',
    ...(isPrivate === undefined ? {} : { private: isPrivate }),
  }).catch((error: unknown) => {
    if (!(error instanceof HubApiError) || error.statusCode !== 409) throw error;
  });
  if (revision !== undefined && revision !== 'main')
    await createBranch({ ...request, branch: revision, overwrite: true });
}

async function remoteCard(
  client: HubClient,
  repository: Repository,
  revision: string,
): Promise<string | undefined> {
  try {
    return await (
      await client.fetch(fileUrl(client.settings.endpoint, repository, revision, CARD))
    ).text();
  } catch (error) {
    if (error instanceof HubFailure && error.status === 404) return undefined;
    throw error;
  }
}

/** Whether it is the card of a repository that was just made, which has YAML at most. */
const isEmptyCard = (card: string): boolean => card.replace(/^---[\s\S]*?\n---/, '').trim() === '';

async function upload(
  client: HubClient,
  repository: Repository,
  folder: string,
  paths: readonly string[],
  contents: ReadonlyMap<string, string>,
  { revision, message, onProgress, signal }: Pushing,
): Promise<string> {
  const operations = paths.map((path) => {
    const text = contents.get(path);
    return {
      operation: 'addOrUpdate' as const,
      path,
      content: text === undefined ? pathToFileURL(join(folder, path)) : new Blob([text]),
    };
  });
  const events = commitIter({
    repo: { type: repository.type, name: repository.id },
    operations,
    title: message ?? 'Push a fine-tuned model',
    hubUrl: client.settings.endpoint,
    fetch: client.fetch,
    ...(revision === undefined ? {} : { branch: revision }),
    ...(signal === undefined ? {} : { abortSignal: signal }),
  });
  let step = await events.next();
  for (; step.done !== true; step = await events.next()) {
    const event = step.value;
    if (event.event === 'fileProgress' && event.state !== 'error')
      onProgress?.({ file: event.path, state: event.state, share: event.progress });
  }
  return (step.value as CommitOutput).commit.oid;
}
