// Opens an adapter that PEFT, NeMo or this project wrote: checks adapter_config.json key by key and
// every tensor against the model's modules. An adapter that would compute different numbers here is
// refused.
import { AutomodelError, formatShape, type Shape } from '@automodel/core';
import type { Adapter, AdapterBase, LinearModule, StoredAdapter } from '@automodel/contracts';
import { allTables, tablesOf } from '../parts/table-names.js';
import { AdapterConfigReader } from './adapter-config-reader.js';
import { extraParts } from './extra-parts.js';
import { loraAdapter, ownParameters, type LoraParts } from './lora-adapter.js';
import { LORA, type LoraModule } from './lora-module.js';
import { nameList } from './name-list.js';
import { STORED_PREFIX, storedModules } from './stored-modules.js';
import { bringsOnly, tablesIn } from './stored-tables.js';
import { embeddingIn } from './target-modules.js';

/** Errors name the file and the key, or the tensors that do not belong to this model. */
export function openLora({ path, config, shapes }: StoredAdapter, base: AdapterBase): Adapter {
  const read = new AdapterConfigReader(path, config, base);
  const settings = read.settings();
  const modules = adaptedModules(path, shapes, base, read);
  const head = modules.find(({ name }) => name === base.head?.name);
  const embedding = adaptedEmbedding(shapes, base, read, settings.useDora);
  const adapted = new Set([
    ...modules.map(({ name }) => name),
    ...(embedding === undefined ? [] : [embedding.table.module]),
  ]);
  const extra = read.located(() => extraParts(settings, base, adapted));
  const parts: LoraParts = {
    modules,
    ...(head === undefined ? {} : { head }),
    ...(embedding === undefined ? {} : { embedding }),
    ...extra,
    tables: tablesIn(shapes, base, extra.whole),
  };
  if (ownParameters(parts, settings).length === 0)
    throw new AutomodelError('bad-file', 'no tensor is a LoRA matrix', {
      location: `${path}/adapter_model.safetensors`,
    });
  read.checkTargets(adapted);
  checkTensors(path, shapes, parts, settings, base);
  const initializer = () => 'zeros' as const; // every parameter is stored
  return loraAdapter(
    { ...settings, dropoutPosition: 'pre', initializer, kept: read.kept() },
    parts,
    base,
  );
}

/** LoRA on the embedding, if the file has it. */
function adaptedEmbedding(
  shapes: ReadonlyMap<string, Shape>,
  base: AdapterBase,
  read: AdapterConfigReader,
  useDora: boolean,
): LoraParts['embedding'] {
  const { embedding: table } = tablesOf(base);
  if (table === undefined) return undefined;
  const a = shapes.get(`${STORED_PREFIX}${table.module}.lora_embedding_A`);
  if (a === undefined) return undefined;
  const [rows, width] = table.shape;
  const { rank, scale } = read.module(
    {
      name: table.module,
      inFeatures: rows,
      outFeatures: width,
      weight: table.weight,
      shape: table.shape,
    },
    a[0] ?? 0,
  );
  return { table, rank, scale, useDora };
}

/** The modules that have a matrix A in the file. */
function adaptedModules(
  path: string,
  shapes: ReadonlyMap<string, Shape>,
  base: AdapterBase,
  read: AdapterConfigReader,
): LoraModule[] {
  const all = [...base.modules, ...(base.head === undefined ? [] : [base.head])];
  const experts = new Set(read.experts());
  const candidates = all.filter((module) => module.experts === undefined || experts.has(module));
  const known = new Map(storedModules(candidates).map(({ module, path: at }) => [at, module]));
  const { embedding } = base;
  refuseForeign(
    path,
    shapes,
    new Set([
      ...known.keys(),
      ...(embedding === undefined ? [] : [STORED_PREFIX + embedding.name]),
    ]),
    all,
  );
  return [...known].flatMap(([stored, module]) => {
    const a = shapes.get(`${stored}.${LORA.a}`);
    return a === undefined ? [] : [read.module(module, (a[0] ?? 0) / (module.experts?.count ?? 1))];
  });
}

/** Refuses matrices of modules that the model does not have. */
function refuseForeign(
  path: string,
  shapes: ReadonlyMap<string, Shape>,
  known: ReadonlySet<string>,
  all: readonly LinearModule[],
): void {
  const location = `${path}/adapter_model.safetensors`;
  const foreign = [...shapes.keys()].filter((name) => {
    const module = /^(.*)\.lora_[A-Za-z]\w*(\.weight|\.bias)?$/.exec(name)?.[1];
    return module !== undefined && !known.has(module);
  });
  const special = foreign.find((name) => embeddingIn(name) !== undefined);
  if (special !== undefined)
    throw new AutomodelError(
      'unsupported',
      `${special} changes ${embeddingIn(special)}, which this model computes inside its graph`,
      { location, hint: 'merge the adapter with the tool that made it' },
    );
  if (foreign.length > 0)
    throw new AutomodelError(
      'bad-file',
      `the model has no linear module for ${nameList(foreign)}`,
      {
        location,
        hint:
          'the adapter belongs to another base; modules here: ' +
          nameList(all.map(({ name }) => name)),
      },
    );
}

function checkTensors(
  path: string,
  shapes: ReadonlyMap<string, Shape>,
  parts: LoraParts,
  settings: ReturnType<AdapterConfigReader['settings']>,
  base: AdapterBase,
): void {
  const location = `${path}/adapter_model.safetensors`;
  const expected = new Map<string, Shape>(
    ownParameters(parts, settings).map(({ stored, shape }) => [STORED_PREFIX + stored, shape]),
  );
  const missing = [...expected.keys()].filter((name) => !shapes.has(name));
  if (missing.length > 0)
    throw new AutomodelError('missing-parameter', `the adapter lacks ${nameList(missing)}`, {
      location,
    });
  for (const table of allTables(tablesOf(base))) {
    const stored = parts.tables.get(table.weight);
    if (stored !== undefined) expected.set(STORED_PREFIX + stored, table.shape);
  }
  const extra = [...shapes.keys()].filter((name) => !expected.has(name) && !bringsOnly(name, base));
  if (extra.length > 0)
    throw new AutomodelError(
      'unsupported',
      `${nameList(extra)} ${extra.length === 1 ? 'is' : 'are'} not part of LoRA as ` +
        'adapter_config.json describes it',
      { location },
    );
  for (const [name, found] of shapes) {
    const shape = expected.get(name);
    if (shape !== undefined && found.join() !== shape.join())
      throw new AutomodelError(
        'bad-shape',
        `tensor ${name} has shape ${formatShape(found)}, but the model needs ${formatShape(shape)}`,
        { location, hint: 'the adapter belongs to another base' },
      );
  }
}
