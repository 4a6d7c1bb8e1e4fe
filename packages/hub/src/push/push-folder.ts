// A fine-tuned model or adapter to the hub, with a model card written from its run. A card that a
// person wrote, here or there, is never replaced.
import { readFile } from 'node:fs/promises';
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
import { hubSettings, type Environment, type HubSettings } from '../hub-settings.js';
import { ADAPTER_CONFIG } from '../model-files.js';
import { HubClient } from '../network/hub-client.js';
import { HubFailure } from '../network/hub-failure.js';
import type { RetryTiming } from '../network/retrying.js';
import { fileUrl, isHubId, pageOf, revisionUrl, type Repository } from '../repository.js';
import { explainPush } from './explain-push.js';
import { CARD_MARK, modelCard, type CardFacts } from './model-card.js';
import { resultFiles, type ResultFiles } from './result-files.js';
import { hubIdOf, runFacts } from './run-facts.js';

export interface PushOptions {
  /** `owner/name`; made where it does not exist. */
  readonly repository: string;
  /** Of a new repository; by default as the owner's settings say. */
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
    throw new AutomodelError('bad-argument', `${JSON.stringify(id)} is no repository`, {
      hint: 'name it as owner/name, letters, digits, - _ and . only',
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
  const { settings } = client;
  const notes =
    files.checkpoints.length === 0
      ? []
      : [
          `${files.checkpoints.length} checkpoint${files.checkpoints.length === 1 ? '' : 's'} of ` +
            `the run stay${files.checkpoints.length === 1 ? 's' : ''} here ` +
            `(${files.checkpoints[0]!})`,
        ];
  const { configs, facts } = await describe(folder, files, repository, client, options);
  if (dryRun !== true) await prepare(client, repository, options, settings);
  const theirs =
    files.hasCard || dryRun === true ? undefined : await remoteCard(client, repository, revision);
  const keeps =
    files.hasCard || (theirs !== undefined && !theirs.includes(CARD_MARK) && !isEmptyCard(theirs));
  if (keeps)
    notes.push(
      files.hasCard
        ? 'README.md of the folder is pushed as it is'
        : 'README.md on the hub was written by a person and stays as it is',
    );
  const card = keeps ? undefined : modelCard(facts);
  const paths = [...files.paths, ...(card === undefined ? [] : [CARD])].sort();
  const result = {
    url: `${pageOf(settings.endpoint, repository)}${revision === 'main' ? '' : `/tree/${encodeURIComponent(revision)}`}`,
    kind: files.kind,
    files: paths,
    card,
    notes,
  };
  if (dryRun === true) return { ...result, commit: undefined };
  const contents = new Map([...configs, ...(card === undefined ? [] : [[CARD, card] as const])]);
  const commit = await upload(client, repository, folder, paths, contents, options);
  return { ...result, commit };
}

/**
 * The facts of the card, and the configs as they are to be on the hub: with the base's id in place
 * of a folder of this machine.
 */
async function describe(
  folder: string,
  files: ResultFiles,
  { id }: Repository,
  client: HubClient,
  { base: given, workingDirectory, dryRun }: Pushing,
): Promise<{ readonly facts: CardFacts; readonly configs: ReadonlyMap<string, string> }> {
  const { base: fromRecipe, ...run } = await runFacts(folder, workingDirectory);
  const name = files.kind === 'adapter' ? ADAPTER_CONFIG : 'config.json';
  const config = await configOf(join(folder, name));
  const key = files.kind === 'adapter' ? 'base_model_name_or_path' : '_name_or_path';
  const named = typeof config[key] === 'string' && config[key] !== '' ? config[key] : undefined;
  const baseId =
    given ??
    [named, fromRecipe].flatMap((text) =>
      text === undefined ? [] : (hubIdOf(text, workingDirectory) ?? []),
    )[0];
  if (baseId === undefined && files.kind === 'adapter')
    throw new AutomodelError(
      'bad-argument',
      `${ADAPTER_CONFIG} names the model below the adapter as a folder of this machine ` +
        `(${named ?? 'none'}), which nobody else has`,
      { hint: 'say what it is on the hub with --base owner/name, or push a merged model' },
    );
  const configs = new Map<string, string>();
  if (
    named !== undefined &&
    named !== baseId &&
    (files.kind === 'adapter' || hubIdOf(named, workingDirectory) !== named)
  ) {
    const { [key]: _, ...rest } = config;
    configs.set(
      name,
      `${JSON.stringify(baseId === undefined ? rest : { ...config, [key]: baseId }, undefined, 2)}\n`,
    );
  }
  const targets = config['target_modules'];
  return {
    configs,
    facts: {
      ...run,
      repository: id,
      kind: files.kind,
      modelType: typeof config['model_type'] === 'string' ? config['model_type'] : undefined,
      base:
        baseId === undefined
          ? undefined
          : {
              id: baseId,
              ...(dryRun === true && client.settings.offlineBecause !== undefined
                ? {}
                : await licenseOf(client, baseId)),
            },
      adapter:
        files.kind === 'model'
          ? undefined
          : {
              type: String(config['peft_type'] ?? 'LORA'),
              rank: numberIn(config['r']),
              alpha: numberIn(config['lora_alpha']),
              targets: Array.isArray(targets)
                ? targets.map(String)
                : typeof targets === 'string'
                  ? [targets]
                  : [],
            },
    },
  };
}

/** Errors: `bad-file`. */
async function configOf(path: string): Promise<Record<string, unknown>> {
  const config: unknown = await readFile(path, 'utf8')
    .then(JSON.parse)
    .catch((cause: Error) => {
      throw new AutomodelError('bad-file', `is no JSON: ${cause.message}`, {
        location: path,
        cause,
      });
    });
  if (config === null || typeof config !== 'object' || Array.isArray(config))
    throw new AutomodelError('bad-file', 'is no JSON object', { location: path });
  return config as Record<string, unknown>;
}

const numberIn = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined;
const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** What the hub says about the licence of a model; nothing where it says nothing. */
async function licenseOf(
  client: HubClient,
  id: string,
): Promise<Pick<NonNullable<CardFacts['base']>, 'license' | 'licenseName' | 'licenseLink'>> {
  try {
    const { cardData } = (await (
      await client.fetch(revisionUrl(client.settings.endpoint, { type: 'model', id }, 'main'))
    ).json()) as { readonly cardData?: Readonly<Record<string, unknown>> };
    return {
      license: textIn(cardData?.['license']),
      licenseName: textIn(cardData?.['license_name']),
      licenseLink: textIn(cardData?.['license_link']),
    };
  } catch (error) {
    if (error instanceof HubFailure) return {};
    throw error;
  }
}

/** Makes repository and branch where they do not exist. */
async function prepare(
  client: HubClient,
  repository: Repository,
  { private: isPrivate, revision }: Pushing,
  { endpoint, token }: HubSettings,
): Promise<void> {
  const request = {
    repo: { type: repository.type, name: repository.id },
    hubUrl: endpoint,
    fetch: client.fetch,
  } as const;
  const accessToken = token!.value.startsWith('hf_') ? token!.value : undefined;
  await createRepo({
    ...request,
    accessToken: accessToken ?? 'hf_',
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

/** A card of a repository that was just made: YAML at most. */
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
