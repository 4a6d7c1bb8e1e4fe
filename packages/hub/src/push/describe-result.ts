// What a result folder is, for the hub: the facts of its model card, and its configs with the hub
// id of the base model in place of a folder of this machine.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { ADAPTER_CONFIG } from '../model-files.js';
import type { HubClient } from '../network/hub-client.js';
import { HubFailure } from '../network/hub-failure.js';
import { revisionUrl, type Repository } from '../repository.js';
import type { CardFacts } from './model-card.js';
import type { ResultFiles } from './result-files.js';
import { hubIdOf, runFacts } from './run-facts.js';

export interface DescribeOptions {
  /** Hub id of the model that was trained, where the folder names a folder of this machine. */
  readonly base?: string | undefined;
  readonly workingDirectory: string;
  readonly dryRun?: boolean | undefined;
}

export interface ResultDescription {
  readonly facts: CardFacts;
  /** New contents of configs, by path. */
  readonly configs: ReadonlyMap<string, string>;
}

type BaseFacts = NonNullable<CardFacts['base']>;
type Config = Readonly<Record<string, unknown>>;

/** Where configs name the model that was trained. */
const BASE_KEYS = { adapter: 'base_model_name_or_path', model: '_name_or_path' } as const;

/** Errors: `bad-file`; `bad-argument` for an adapter whose base is not known on the hub. */
export async function describeResult(
  folder: string,
  { kind }: ResultFiles,
  { id }: Repository,
  client: HubClient,
  options: DescribeOptions,
): Promise<ResultDescription> {
  const { workingDirectory, dryRun } = options;
  const { base: fromRecipe, ...run } = await runFacts(folder, workingDirectory);
  const path = kind === 'adapter' ? ADAPTER_CONFIG : 'config.json';
  const config = await configOf(join(folder, path));
  const named = textIn(config[BASE_KEYS[kind]]) || undefined;
  const baseId = options.base ?? firstHubId([named, fromRecipe], workingDirectory);
  if (baseId === undefined && kind === 'adapter')
    throw new AutomodelError(
      'bad-argument',
      `${ADAPTER_CONFIG} names the model below the adapter as a folder of this machine ` +
        `(${named ?? 'none'}), which nobody else has`,
      { hint: 'say what it is on the hub with --base owner/name, or push a merged model' },
    );
  const configs = new Map<string, string>();
  const isShareable =
    kind === 'model' && named !== undefined && hubIdOf(named, workingDirectory) === named;
  if (named !== undefined && named !== baseId && !isShareable)
    configs.set(path, withBase(config, BASE_KEYS[kind], baseId));
  const asksHub = dryRun !== true || client.settings.offlineBecause === undefined;
  return {
    configs,
    facts: {
      ...run,
      repository: id,
      kind,
      modelType: textIn(config['model_type']),
      base: baseId === undefined ? undefined : await baseFacts(client, baseId, asksHub),
      adapter: kind === 'model' ? undefined : adapterFacts(config),
    },
  };
}

function firstHubId(
  names: readonly (string | undefined)[],
  workingDirectory: string,
): string | undefined {
  return names
    .map((name) => (name === undefined ? undefined : hubIdOf(name, workingDirectory)))
    .find((id) => id !== undefined);
}

/** The text of a config that names `base`, or no base at all. */
function withBase(config: Config, key: string, base: string | undefined): string {
  const { [key]: _, ...rest } = config;
  const shared = base === undefined ? rest : { ...config, [key]: base };
  return `${JSON.stringify(shared, undefined, 2)}\n`;
}

function adapterFacts(config: Config): NonNullable<CardFacts['adapter']> {
  const targets = config['target_modules'];
  const listed = typeof targets === 'string' ? [targets] : targets;
  return {
    type: String(config['peft_type'] ?? 'LORA'),
    rank: numberIn(config['r']),
    alpha: numberIn(config['lora_alpha']),
    targets: Array.isArray(listed) ? listed.map(String) : [],
  };
}

/** Errors: `bad-file`. */
async function configOf(path: string): Promise<Config> {
  const config: unknown = await readFile(path, 'utf8')
    .then(JSON.parse)
    .catch((cause: Error) => {
      throw new AutomodelError('bad-file', `is not JSON: ${cause.message}`, {
        location: path,
        cause,
      });
    });
  if (config === null || typeof config !== 'object' || Array.isArray(config))
    throw new AutomodelError('bad-file', 'is not a JSON object', { location: path });
  return config as Config;
}

const numberIn = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined;
const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** The id and what the hub says about the licence; only the id where it says nothing. */
async function baseFacts(client: HubClient, id: string, asksHub: boolean): Promise<BaseFacts> {
  if (!asksHub) return { id };
  try {
    const url = revisionUrl(client.settings.endpoint, { type: 'model', id }, 'main');
    const answer = await client.fetch(url);
    const { cardData } = (await answer.json()) as { readonly cardData?: Config };
    return {
      id,
      license: textIn(cardData?.['license']),
      licenseName: textIn(cardData?.['license_name']),
      licenseLink: textIn(cardData?.['license_link']),
    };
  } catch (error) {
    if (error instanceof HubFailure) return { id };
    throw error;
  }
}
