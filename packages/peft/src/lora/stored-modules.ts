// Where PEFT stores the matrices of a module: below its own path, or for experts below paths that
// nest.
import type { LinearModule } from '@automodel/contracts';

/** PEFT's name of the model that an adapter wraps. */
export const STORED_PREFIX = 'base_model.model.';

/** Whether a module is one matrix and not those of experts. */
export const isPlain = ({ experts }: LinearModule): boolean => experts === undefined;

/** A module and the path below which PEFT stores its matrices. */
export interface StoredModule<M extends LinearModule> {
  readonly module: M;
  readonly path: string;
}

/**
 * The modules with their stored paths, in the same order. PEFT wraps the parameters of one module
 * around each other, so that those of experts nest: the first to be called is the innermost, with
 * one `base_layer` for each that lies around it.
 */
export function storedModules<M extends LinearModule>(
  modules: readonly M[],
): readonly StoredModule<M>[] {
  const around = new Map<string, number>();
  const pathOf = (module: M): string => {
    if (isPlain(module)) return STORED_PREFIX + module.name;
    const parent = module.name.slice(0, module.name.lastIndexOf('.'));
    const outer = around.get(parent) ?? 0;
    around.set(parent, outer + 1);
    return STORED_PREFIX + parent + '.base_layer'.repeat(outer);
  };
  return modules
    .toReversed()
    .map((module) => ({ module, path: pathOf(module) }))
    .toReversed();
}
