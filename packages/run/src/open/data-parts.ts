// How the tokenizer of a run, its training data and its validation sets are made.
import { join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import {
  furtherAxes,
  type BatchLoader,
  type Dataset,
  type Rows,
  type StreamingLoader,
} from '@automodel/data';
import { resolveModelFolder } from '@automodel/hub';
import type { ResolvedDataset } from '@automodel/recipe';
import { stopTokensFor } from '../evaluation/stop-ids.js';
import { addedTokensOf, extendTokenizer } from './extended-tokenizer.js';
import { allSets } from './all-sets.js';
import { loadGivenRows, loadSection } from './load-section.js';
import { loaderOf, streamingLoaderOf } from './loader-of.js';
import type { OpenOptions, PartSources } from './open-run.js';
import { openSection } from './open-section.js';
import { openTokenizer } from './open-tokenizer.js';
import { PARTS } from './parts.js';
import type { RunContainer } from './run-container.js';

/** Rows of streamed data that are looked at before training. */
const FIRST_ROWS = 200;

type DataOptions = Pick<OpenOptions, 'signal' | 'rows' | 'onDataProgress'>;
type LoadData = (section: ResolvedDataset, given?: Rows) => Promise<Dataset>;

export function registerData(
  parts: RunContainer,
  sources: PartSources,
  options: DataOptions,
): void {
  const { recipe, workingDirectory } = sources;
  const { rows } = options;
  const load = dataLoading(parts, sources, options);
  parts.register(PARTS.tokenizerFolder, () => tokenizerFolder(parts, sources));
  parts.register(PARTS.tokenizer, async () =>
    openTokenizer(
      await parts.get(PARTS.tokenizerFolder),
      recipe.dataset.chat_template,
      workingDirectory,
    ),
  );
  parts.register(PARTS.onWrongRow, () => 'throw');
  parts.register(PARTS.trainingData, () =>
    load(
      recipe.dataset.streaming && rows?.dataset === undefined
        ? { ...recipe.dataset, limit_dataset_samples: FIRST_ROWS }
        : recipe.dataset,
      rows?.dataset,
    ),
  );
  parts.register(PARTS.validationData, () => validationData(load, sources, options));
  parts.register(PARTS.trainingLoader, () => trainingLoader(parts, sources));
}

/** With the tokens that the recipe adds, in a folder of the run. */
async function tokenizerFolder(parts: RunContainer, sources: PartSources): Promise<string> {
  const folder = await namedTokenizer(parts, sources);
  const added = addedTokensOf(sources.recipe);
  if (added === undefined) return folder;
  const extended = join(await parts.get(PARTS.scratch), 'tokenizer');
  await extendTokenizer(folder, extended, added);
  return extended;
}

async function namedTokenizer(parts: RunContainer, { recipe, hub }: PartSources): Promise<string> {
  for (const section of [recipe.tokenizer, recipe.dataset.tokenizer]) {
    const { pretrained_model_name_or_path: name, revision } = section ?? {};
    if (name !== undefined)
      return resolveModelFolder(name, { ...hub, parts: 'tokenizer', revision });
  }
  return (await parts.get(PARTS.modelFolder)).folder.path;
}

/** Loads a section of the recipe, or the rows that stand in its place. */
function dataLoading(
  parts: RunContainer,
  { recipe, workingDirectory, hub }: PartSources,
  { signal, onDataProgress: onProgress }: DataOptions,
): LoadData {
  return async (section, given) => {
    const tokenizer = await parts.get(PARTS.tokenizer);
    const options = {
      workingDirectory,
      signal,
      onProgress,
      hub,
      seed: recipe.seed,
      onWrongRow: parts.get(PARTS.onWrongRow),
      ...(await modelFacts(parts)),
    };
    return given === undefined
      ? loadSection(tokenizer, section, options)
      : loadGivenRows(tokenizer, given, section, options);
  };
}

/** What rows need to know of the model. */
async function modelFacts(
  parts: RunContainer,
): Promise<{ readonly vocabularySize: number; readonly stopTokens: readonly string[] }> {
  const { folder } = await parts.get(PARTS.modelFolder);
  return {
    vocabularySize: (await parts.get(PARTS.model)).vocabularySize,
    stopTokens: stopTokensFor(await parts.get(PARTS.tokenizer), folder.eosTokenIds),
  };
}

/** Errors: `bad-recipe` for a set that would be streamed. */
async function validationData(
  load: LoadData,
  { recipe }: PartSources,
  { rows }: DataOptions,
): Promise<ReadonlyMap<string, Dataset>> {
  const sets = Object.entries(recipe.validation_datasets);
  const loads = sets.map(([name, section]) => async (): Promise<[string, Dataset]> => {
    if (section.streaming)
      throw new AutomodelError(
        'bad-recipe',
        `streaming is for the training data; the validation set ${name} is read whole each time`,
        { hint: 'leave streaming out of it, and limit it with limit_dataset_samples' },
      );
    const given = name === 'default' ? rows?.validationDataset : undefined;
    return [name, await load(section, given)];
  });
  return new Map(await allSets(loads));
}

async function trainingLoader(
  parts: RunContainer,
  { recipe, hub, host }: PartSources,
): Promise<BatchLoader | StreamingLoader> {
  const { mesh } = await parts.get(PARTS.parallelism);
  if (!recipe.dataset.streaming)
    return loaderOf(await parts.get(PARTS.model), await parts.get(PARTS.trainingData), recipe, {
      shuffle: recipe.dataloader.shuffle,
      ranks: mesh.data,
    });
  const model = await parts.get(PARTS.model);
  const needsFirst = furtherAxes(model.batch.columns).length > 0;
  const loader = streamingLoaderOf(
    model,
    await parts.get(PARTS.tokenizer),
    await openSection(recipe.dataset, hub),
    recipe.dataset,
    recipe,
    {
      ranks: mesh.data,
      localProcesses: host.local.size,
      first: needsFirst ? (await parts.get(PARTS.trainingData)).samples : undefined,
      stopTokens: (await modelFacts(parts)).stopTokens,
    },
  );
  parts.onClose(() => loader.close());
  return loader;
}
