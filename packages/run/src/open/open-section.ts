// From a data set section to the files it means and to how their rows are read. What exists on this
// machine wins over an id of the hub.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  existsLocally,
  formatOfType,
  openDataFiles,
  type DataFile,
  type FormatOptions,
} from '@automodel/data';
import { AutomodelError } from '@automodel/core';
import { resolveDatasetFiles, type HubOptions } from '@automodel/hub';
import type { ResolvedDataset, ResolvedMixture, ResolvedSection } from '@automodel/recipe';
import { refuseModels } from './mistaken-paths.js';

export interface OpenSectionOptions extends Omit<HubOptions, 'revision'> {
  readonly workingDirectory: string;
  /** Called with a sentence for each folder of which some files are not read. */
  readonly onSkipped?: ((sentence: string) => void) | undefined;
}

/**
 * What a section reads, for messages and reports: absolute paths of what is on this machine, ids
 * and patterns as written.
 */
export function dataFile(
  section: Pick<ResolvedSection, 'path_or_dataset_id'> | ResolvedMixture,
  workingDirectory: string,
): string {
  if ('datasets' in section)
    return section.datasets.map((member) => dataFile(member, workingDirectory)).join(' + ');
  const { path_or_dataset_id: source } = section;
  const each = typeof source === 'string' ? [source] : source;
  return each
    .map((path) =>
      existsSync(resolve(workingDirectory, path)) ? resolve(workingDirectory, path) : path,
    )
    .join(', ');
}

/**
 * The files of a section, in the order of their rows; for a mixture, those of all its data sets.
 * Errors: those of `openDataFiles` and `resolveDatasetFiles`; `bad-recipe` for keys of the hub
 * beside local files.
 */
export async function openSection(
  section: ResolvedDataset,
  options: OpenSectionOptions,
): Promise<readonly DataFile[]> {
  if (section.type === 'mixed')
    return (
      await Promise.all(section.datasets.map((member) => openSection(member, options)))
    ).flat();
  const { workingDirectory, onSkipped, ...hub } = options;
  const { path_or_dataset_id: source, name, revision, field, sample_by: sampleBy } = section;
  const split = section.split?.replace(/\[.*$/, '');
  if (
    typeof source !== 'string' ||
    (await existsLocally(source, workingDirectory)) ||
    !looksLikeId(source)
  ) {
    const unused = Object.entries({ name, revision }).find(
      ([, value]) => value !== undefined && value !== null,
    )?.[0];
    if (unused !== undefined)
      throw new AutomodelError(
        'bad-recipe',
        `dataset.${unused} is for data sets of the hub, but ` +
          `${dataFile(section, workingDirectory)} is on this machine`,
        { hint: 'leave it out' },
      );
    await refuseModels(source, workingDirectory);
    return openDataFiles(source, { workingDirectory, split, field, sampleBy, onSkipped });
  }
  const { files } = await resolveDatasetFiles(source, {
    ...hub,
    split,
    name: name ?? undefined,
    revision: revision ?? undefined,
  });
  return openDataFiles(files, { field, sampleBy });
}

/** `name` or `owner/name`: nothing that points at a folder or ends like a data file. */
function looksLikeId(source: string): boolean {
  return (
    /^[\w.-]+(?:\/[\w.-]+)?$/.test(source) &&
    !/^\.|\.(?:jsonl?|ndjson|csv|tsv|txt|text|md|markdown|rst|parquet|gz|gzip|br|zst|zstd)$/i.test(
      source,
    )
  );
}

/** How the rows of a section are read. Errors: `bad-recipe` for two names for one column. */
export function formatOf(section: ResolvedSection): FormatOptions {
  const { context, question, answer, prompt, completion, ...columns } =
    section.column_mapping ?? {};
  const refuse = (message: string): AutomodelError =>
    new AutomodelError('bad-recipe', `dataset.column_mapping${message}`);
  const [asked, answered] = [
    oneOf('question', question, 'prompt', prompt),
    oneOf('answer', answer, 'completion', completion),
  ];
  if (section.type === 'jsonl' && context !== undefined)
    throw refuse('.context is for type column_mapped, which joins context and question');
  const own = formatOfType(section.type).columns.includes('prompt')
    ? { prompt: asked, completion: answered }
    : { context, question: asked, answer: answered };
  return { type: section.type, columns: { ...columns, ...own } };

  function oneOf(
    name: string,
    value: string | undefined,
    other: string,
    otherValue: string | undefined,
  ): string | undefined {
    if (value !== undefined && otherValue !== undefined)
      throw refuse(`: ${name} and ${other} are the same setting; give one of them`);
    return value ?? otherValue;
  }
}
