// How the model of a run, its adapter, its backend and its session are opened.
import type { HuggingFaceFolder } from '@automodel/checkpoint';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LanguageModel } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { ModelSession, type StoredTensors } from '@automodel/session';
import { addedTokensOf } from './extended-tokenizer.js';
import { createModel, openModelFolder, resolvePrecision } from './model-folder.js';
import { adapterOfRecipe, vocabularyOfRecipe } from './open-adapter.js';
import { connectRanks } from './connect-ranks.js';
import { openBackend } from './open-backend.js';
import { openParallelism } from './open-parallelism.js';
import type { PartSources } from './open-run.js';
import { memorySettingsOf } from './memory-settings.js';
import { PARTS } from './parts.js';
import { resizedTables } from './resized-tables.js';
import type { RunContainer } from './run-container.js';
import { withVocabulary } from './vocabulary.js';

export function registerModel(parts: RunContainer, sources: PartSources): void {
  const { recipe, plugins, workingDirectory, hub, host } = sources;
  parts.register(PARTS.scratch, async () => {
    const path = await mkdtemp(join(tmpdir(), 'automodel-run-'));
    parts.onClose(() => rm(path, { recursive: true, force: true }));
    return path;
  });
  parts.register(PARTS.modelFolder, () =>
    openModelFolder(recipe.model, { ...hub, plansOnly: sources.plansOnly }),
  );
  const base = async (): Promise<HuggingFaceFolder> => (await parts.get(PARTS.modelFolder)).folder;
  parts.register(PARTS.model, async () => {
    const choice = { graph: recipe.model.graph, workingDirectory };
    const own = await createModel(plugins, await base(), choice);
    const rows = await vocabularyOf(parts, sources, own);
    return withVocabulary(own, rows, async (vocabularySize) =>
      createModel(plugins, await base(), { ...choice, vocabularySize }),
    );
  });
  parts.register(PARTS.tensors, () => tensorsOf(parts));
  parts.register(PARTS.adapter, () =>
    adapterOfRecipe(recipe, {
      plugins,
      hub,
      model: () => parts.get(PARTS.model),
      base,
    }),
  );
  parts.register(PARTS.precision, async () =>
    resolvePrecision(
      recipe.precision,
      recipe.model.torch_dtype,
      (await parts.get(PARTS.modelFolder)).folder,
    ),
  );
  parts.register(PARTS.backend, async () => {
    const { type: name, threads } = recipe.backend;
    const backend = await openBackend(plugins, { name, threads: threads ?? undefined }, host);
    parts.onClose(() => backend.close());
    return backend;
  });
  parts.register(PARTS.parallelism, async () => {
    const parallelism = await openParallelism(recipe.distributed, plugins, host);
    parts.onClose(async () => parallelism[Symbol.asyncDispose]());
    return parallelism;
  });
  parts.register(PARTS.session, () => openSession(parts, sources));
}

/**
 * Rows of the model's tables: its own, those that a saved adapter brings along, or enough for the
 * tokens that the recipe adds. Errors: `bad-recipe` if they do not fit and the tables may not grow.
 */
async function vocabularyOf(
  parts: RunContainer,
  { recipe, hub }: PartSources,
  own: LanguageModel,
): Promise<number> {
  const { folder } = await parts.get(PARTS.modelFolder);
  const rows = (await vocabularyOfRecipe(recipe, folder, own, hub)) ?? own.vocabularySize;
  const added = addedTokensOf(recipe);
  if (added === undefined) return rows;
  const { vocabSize: needed } = await parts.get(PARTS.tokenizer);
  if (needed > rows && !added.resize)
    throw new AutomodelError(
      'bad-recipe',
      `with the tokens added the tokenizer has ${needed} ids, and the model ${rows} rows`,
      { hint: 'leave tokenizer.resize out, so that the tables grow' },
    );
  return Math.max(rows, needed);
}

/** The tensors of the folder, with the rows that the model has. */
async function tensorsOf(parts: RunContainer): Promise<StoredTensors> {
  const { folder } = await parts.get(PARTS.modelFolder);
  const { vocabularySize, names } = await parts.get(PARTS.model);
  const { tensors } = folder.weights;
  if (names === undefined || folder.config['vocab_size'] === vocabularySize) return tensors;
  return resizedTables(tensors, names, vocabularySize, await parts.get(PARTS.scratch));
}

async function openSession(
  parts: RunContainer,
  { recipe, fuse }: PartSources,
): Promise<ModelSession> {
  const { folder, fromScratch } = await parts.get(PARTS.modelFolder);
  const [model, adapter, precision, parallelism] = [
    await parts.get(PARTS.model),
    await parts.get(PARTS.adapter),
    await parts.get(PARTS.precision),
    await parts.get(PARTS.parallelism),
  ];
  const backend = await parts.get(PARTS.backend);
  await connectRanks(recipe.dist_env.backend, backend, parallelism);
  const options = {
    backend,
    model,
    adapter,
    precision,
    parallelism,
    trainable: () => true,
    ...memorySettingsOf(recipe, { model, precision, adapter, parallelism, folder }),
    fuse,
  };
  const session = fromScratch
    ? ModelSession.initialize(options, recipe.seed)
    : await ModelSession.load(options, await parts.get(PARTS.tensors), folder.path);
  parts.onClose(() => session.close());
  return session;
}
