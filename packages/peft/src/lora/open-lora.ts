// Opens an adapter that PEFT, NeMo or this project wrote: checks adapter_config.json key by key and
// every tensor against the model's modules. An adapter that would compute different numbers here is
// refused.
import { AutomodelError, formatShape, type Shape } from '@automodel/core';
import type { Adapter, LinearModule, StoredAdapter } from '@automodel/contracts';
import { AdapterConfigReader } from './adapter-config-reader.js';
import { loraAdapter, storedModules } from './lora-adapter.js';
import { LORA, loraShapes, type LoraModule } from './lora-module.js';
import { nameList } from './name-list.js';
import { embeddingIn } from './target-modules.js';

/** Errors name the file and the key, or the tensors that do not belong to this model. */
export function openLora(
  { path, config, shapes }: StoredAdapter,
  all: readonly LinearModule[],
): Adapter {
  const read = new AdapterConfigReader(path, config);
  const settings = read.settings();
  const modules = adaptedModules(path, shapes, all, read);
  read.checkTargets(modules, all);
  checkTensors(path, shapes, modules, settings.useDora);
  const initializer = () => 'zeros' as const; // every parameter is stored
  return loraAdapter(
    { ...settings, dropoutPosition: 'pre', initializer, kept: read.kept() },
    modules,
    all,
  );
}

/** The modules that have a matrix A in the file. */
function adaptedModules(
  path: string,
  shapes: ReadonlyMap<string, Shape>,
  all: readonly LinearModule[],
  read: AdapterConfigReader,
): LoraModule[] {
  const file = `${path}/adapter_model.safetensors`;
  const experts = new Set(read.experts(all));
  const candidates = all.filter((module) => module.experts === undefined || experts.has(module));
  const known = new Map(storedModules(candidates).map(({ module, path: at }) => [at, module]));
  const foreign = [...shapes.keys()].filter(
    (name) => !known.has(/^(.*)\.lora_[A-Za-z]\w*(\.weight)?$/.exec(name)?.[1] ?? ''),
  );
  for (const name of foreign) {
    const special = embeddingIn(name);
    if (special !== undefined)
      throw new AutomodelError(
        'unsupported',
        `${name} changes ${special}, but adapters attach only to linear modules of blocks`,
        { location: file, hint: 'merge the adapter with the tool that made it' },
      );
  }
  if (foreign.length > 0)
    throw new AutomodelError(
      'bad-file',
      `the model has no linear module for ${nameList(foreign)}`,
      {
        location: file,
        hint:
          'the adapter belongs to another base; modules here: ' +
          nameList(all.map(({ name }) => name)),
      },
    );
  const modules = [...known].flatMap(([stored, module]) => {
    const a = shapes.get(`${stored}.${LORA.a}`);
    return a === undefined ? [] : [read.module(module, (a[0] ?? 0) / (module.experts?.count ?? 1))];
  });
  if (modules.length === 0)
    throw new AutomodelError('bad-file', 'no tensor is a LoRA matrix', { location: file });
  return modules;
}

function checkTensors(
  path: string,
  shapes: ReadonlyMap<string, Shape>,
  modules: readonly LoraModule[],
  useDora: boolean,
): void {
  const file = `${path}/adapter_model.safetensors`;
  const expected = new Map<string, Shape>();
  for (const { module, path: at } of storedModules(modules)) {
    const { a, b } = loraShapes(module);
    expected.set(`${at}.${LORA.a}`, a);
    expected.set(`${at}.${LORA.b}`, b);
    if (useDora) expected.set(`${at}.${LORA.magnitude}`, [module.outFeatures]);
  }
  const missing = [...expected.keys()].filter((name) => !shapes.has(name));
  if (missing.length > 0)
    throw new AutomodelError('missing-parameter', `the adapter lacks ${nameList(missing)}`, {
      location: file,
    });
  const extra = [...shapes.keys()].filter((name) => !expected.has(name));
  if (extra.length > 0)
    throw new AutomodelError(
      'unsupported',
      `${nameList(extra)} ${extra.length === 1 ? 'is' : 'are'} not part of LoRA as ` +
        'adapter_config.json describes it',
      { location: file },
    );
  for (const [name, found] of shapes) {
    const shape = expected.get(name);
    if (shape !== undefined && found.join() !== shape.join())
      throw new AutomodelError(
        'bad-shape',
        `tensor ${name} has shape ${formatShape(found)}, but the model needs ${formatShape(shape)}`,
        { location: file, hint: 'the adapter belongs to another base' },
      );
  }
}
