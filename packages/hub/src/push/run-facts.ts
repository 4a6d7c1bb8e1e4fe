// What a result folder tells about its run: the recipe, without secrets and local paths, and the
// course of training from its metrics. A folder that no run wrote tells less, which is not an
// error.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { parse, stringify } from 'yaml';
import { isHubId } from '../repository.js';
import type { CardFacts, ValidationFacts } from './model-card.js';

export type RunFacts = Pick<
  CardFacts,
  'datasets' | 'dataFiles' | 'recipe' | 'training' | 'validations'
> & {
  /** As the recipe names it. */
  readonly base: string | undefined;
};

const RECIPES = ['recipe.yaml', 'config.yaml'];
const SECRET = /(?:^|[^a-z])(?:password|secret|token|api[-_]?key|authorization|auth)(?:$|[^a-z])/i;
const TOKEN = /\bhf_\w{8,}/g;
const HIDDEN = '***';

/**
 * The hub id of what a recipe or config names: an id, or a folder of a cache of the hub. Undefined
 * for other folders.
 */
export function hubIdOf(named: string, workingDirectory: string): string | undefined {
  const [, cached] = /[\\/]models--([^\\/]+)[\\/]snapshots[\\/]/.exec(named) ?? [];
  if (cached !== undefined) return cached.replace('--', '/');
  return isLocal(named, workingDirectory) || !isHubId(named) ? undefined : named;
}

const isLocal = (text: string, workingDirectory: string): boolean =>
  isAbsolute(text) ||
  /^(?:[A-Za-z]:[\\/]|\.{1,2}(?:[\\/]|$)|~|file:)/.test(text) ||
  (/[\\/]/.test(text) &&
    (text.split('/').length > 2 ||
      /\.(?:jsonl?|csv|tsv|parquet|txt|ya?ml|gz|zst|jinja)$/i.test(text))) ||
  (/[\w-]/.test(text) && text.length < 500 && existsSync(resolve(workingDirectory, text)));

/** Errors: `bad-file` for a recipe that is not YAML; absent files are no error. */
export async function runFacts(folder: string, workingDirectory: string): Promise<RunFacts> {
  const recipe = await recipeOf(folder);
  const datasets = datasetNames(recipe);
  const onHub = (name: string): boolean => hubIdOf(name, workingDirectory) !== undefined;
  return {
    ...(await courseOf(folder)),
    base: baseOf(recipe),
    datasets: datasets.filter(onHub),
    dataFiles: datasets.filter((name) => !onHub(name)).map((name) => basename(name)),
    recipe:
      recipe === undefined
        ? undefined
        : stringify(shareable(recipe, workingDirectory), {
            lineWidth: 0,
            aliasDuplicateObjects: false,
          }),
  };
}

async function recipeOf(folder: string): Promise<Record<string, unknown> | undefined> {
  for (const name of RECIPES) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const data = yamlOf(text, join(folder, name));
    if (data !== null && typeof data === 'object' && !Array.isArray(data))
      return data as Record<string, unknown>;
  }
  return undefined;
}

function yamlOf(text: string, location: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    const [reason] = (cause as Error).message.split('\n');
    throw new AutomodelError('bad-file', `is not YAML: ${reason}`, { location, cause });
  }
}

function baseOf(recipe: Record<string, unknown> | undefined): string | undefined {
  const model = recipe?.['model'] as Record<string, unknown> | null | undefined;
  const name = model?.['pretrained_model_name_or_path'];
  return typeof name === 'string' ? name : undefined;
}

/** Names of the data that was trained on; for a mixture, of each part. */
function datasetNames(recipe: Record<string, unknown> | undefined): readonly string[] {
  const names: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (value !== null && typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) {
        if (key === 'path_or_dataset_id' || key === 'dataset_name' || key === 'data_files')
          for (const name of [inner].flat()) if (typeof name === 'string') names.push(name);
        if (typeof inner === 'object') visit(inner);
      }
    }
  };
  visit(recipe?.['dataset']);
  return [...new Set(names)];
}

/**
 * A recipe as others may see it: values under secret keys and anything like a token are hidden,
 * local paths are their last names.
 */
export function shareable(value: unknown, workingDirectory: string, secret = false): unknown {
  if (Array.isArray(value)) return value.map((entry) => shareable(entry, workingDirectory, secret));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [
        key,
        shareable(
          entry,
          workingDirectory,
          secret || SECRET.test(key.replace(/([a-z])([A-Z])/g, '$1_$2')),
        ),
      ]),
    );
  if (secret && typeof value !== 'boolean' && value !== null)
    return typeof value === 'object' ? value : HIDDEN;
  if (typeof value !== 'string') return value;
  const open = value.replace(TOKEN, HIDDEN);
  if (/[\n{]|^https?:/.test(open)) return open;
  return (
    hubIdOf(open, workingDirectory) ?? (isLocal(open, workingDirectory) ? basename(open) : open)
  );
}

/** A line of metrics.jsonl about an optimizer step. */
interface StepLine extends Readonly<Record<string, unknown>> {
  readonly step: number;
  readonly loss: number;
  readonly num_label_tokens?: number;
}

async function courseOf(folder: string): Promise<Pick<RunFacts, 'training' | 'validations'>> {
  const text = await readFile(join(folder, 'metrics.jsonl'), 'utf8').catch(() => '');
  const lines = text.split('\n').flatMap(lineOf);
  const validations = new Map<string, ValidationFacts>();
  for (const { val_name: name, val_loss: loss } of lines) {
    if (typeof name !== 'string' || typeof loss !== 'number') continue;
    const before = validations.get(name);
    validations.set(name, {
      name,
      first: before?.first ?? loss,
      best: Math.min(before?.best ?? loss, loss),
      last: loss,
    });
  }
  return { training: trainingOf(lines), validations: [...validations.values()] };
}

function trainingOf(lines: readonly Readonly<Record<string, unknown>>[]): RunFacts['training'] {
  const steps = lines.filter((line): line is StepLine => typeof line['loss'] === 'number');
  const last = steps.at(-1);
  if (last === undefined) return undefined;
  const trainedTokens = steps.reduce((sum, { num_label_tokens: tokens = 0 }) => sum + tokens, 0);
  return { steps: last.step + 1, trainedTokens, lastLoss: last.loss };
}

/** The record of a line; none for an empty one and for the torn last line of a killed run. */
function lineOf(line: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const record: unknown = JSON.parse(line);
    return record !== null && typeof record === 'object' ? [record as Record<string, unknown>] : [];
  } catch {
    return [];
  }
}
