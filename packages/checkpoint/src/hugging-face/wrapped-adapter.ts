// An adapter on the text part of an image-and-text model. PEFT wraps the whole model, so its names
// go through the path of the text part, and a suffix such as q_proj would reach into the vision
// tower as well. Inside the project the names are those of the text part alone.
import { decoderName } from './tensor-naming.js';

const PREFIX = 'base_model.model.';
const MODULE = /^base_model\.model\.(.+)\.lora_A\.weight$/;

type Config = Readonly<Record<string, unknown>>;
/** Renames a module or parameter, without PEFT's prefix. */
type Rename = (name: string) => string;

const renamed = (name: string, rename: Rename): string =>
  name.startsWith(PREFIX) ? PREFIX + rename(name.slice(PREFIX.length)) : name;

/** Modules are named in full: those that have matrices. */
function withFullNames<C extends Config>(config: C, tensors: readonly string[], rename: Rename): C {
  const modules = tensors.flatMap((name) => MODULE.exec(name)?.[1] ?? []).sort();
  const saved = config['modules_to_save'];
  return {
    ...config,
    ...(modules.length === 0 ? {} : { target_modules: modules }),
    ...(Array.isArray(saved) ? { modules_to_save: saved.map((name) => rename(String(name))) } : {}),
  };
}

/** An adapter's config and its tensors by name. */
interface Named<C extends Config, T extends { readonly name: string }> {
  readonly config: C;
  readonly tensors: readonly T[];
}

function renameAll<C extends Config, T extends { readonly name: string }>(
  { config, tensors }: Named<C, T>,
  rename: Rename,
): Named<C, T> {
  const result = tensors.map((tensor) => ({ ...tensor, name: renamed(tensor.name, rename) }));
  return {
    config: withFullNames(
      config,
      result.map(({ name }) => name),
      rename,
    ),
    tensors: result,
  };
}

/** An adapter as PEFT saved it on the whole model, under the names of the text part. */
export const unwrapAdapter = <C extends Config, T extends { readonly name: string }>(
  adapter: Named<C, T>,
): Named<C, T> => renameAll(adapter, decoderName);

/** The opposite; `place` is the path of the text part's modules in the whole model. */
export const wrapAdapter = <C extends Config, T extends { readonly name: string }>(
  adapter: Named<C, T>,
  place: string,
): Named<C, T> => renameAll(adapter, (name) => name.replace(/^model\./, place));
