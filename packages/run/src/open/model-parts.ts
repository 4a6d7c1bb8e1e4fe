// How the model of a run, its adapter, its backend and its session are opened.
import type { HuggingFaceFolder } from '@automodel/checkpoint';
import { ModelSession } from '@automodel/session';
import { createModel, openModelFolder, resolvePrecision } from './model-folder.js';
import { adapterOfRecipe, vocabularyOfRecipe } from './open-adapter.js';
import { openBackend } from './open-backend.js';
import type { PartSources } from './open-run.js';
import { PARTS } from './parts.js';
import type { RunContainer } from './run-container.js';
import { arenaBudgetOf } from './training-settings.js';

export function registerModel(parts: RunContainer, sources: PartSources): void {
  const { recipe, plugins, workingDirectory, hub } = sources;
  parts.register(PARTS.modelFolder, () => openModelFolder(recipe.model, hub));
  const base = async (): Promise<HuggingFaceFolder> => (await parts.get(PARTS.modelFolder)).folder;
  parts.register(PARTS.model, async () =>
    createModel(plugins, await base(), {
      graph: recipe.model.graph,
      workingDirectory,
      vocabularySize: await vocabularyOfRecipe(recipe, { hub, base }),
    }),
  );
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
    const backend = await openBackend(plugins, {
      name: recipe.backend.type,
      threads: recipe.backend.threads ?? undefined,
    });
    parts.onClose(() => backend.close());
    return backend;
  });
  parts.register(PARTS.parallelism, async () => {
    const { distributed } = recipe;
    const plugin = await plugins.parallelism(distributed.strategy);
    const parallelism = await plugin.create(distributed);
    parts.onClose(async () => parallelism[Symbol.asyncDispose]());
    return parallelism;
  });
  parts.register(PARTS.session, () => openSession(parts, sources));
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
  const options = {
    backend: await parts.get(PARTS.backend),
    model,
    adapter,
    precision,
    parallelism,
    trainable: () => true,
    arenaBudgetBytes: arenaBudgetOf(recipe, { model, precision, adapter, parallelism }),
    fuse,
  };
  const session = fromScratch
    ? ModelSession.initialize(options, recipe.seed)
    : await ModelSession.load(options, folder.weights.tensors, folder.path);
  parts.onClose(() => session.close());
  return session;
}
